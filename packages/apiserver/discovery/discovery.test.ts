import { kinds } from "@wherry/api";
import { type ControlPlane, startControlPlane } from "@wherry/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { caller } from "../testing/call.ts";

let plane: ControlPlane;
let api: ReturnType<typeof caller>;
beforeAll(async () => {
  plane = await startControlPlane();
  api = caller(plane.server.transport({ name: "tester", groups: [] }));
});
afterAll(() => plane.close());

interface ResourceList {
  resources: {
    name: string;
    kind: string;
    namespaced: boolean;
    verbs: string[];
    group?: string;
    version?: string;
    shortNames?: string[];
  }[];
}

describe("plain discovery", () => {
  it("lists groups, versions and resources", async () => {
    expect((await api("GET", "/api")).json()).toMatchObject({ kind: "APIVersions", versions: ["v1"] });
    const groups = (await api("GET", "/apis")).json<{ groups: { name: string; preferredVersion: object }[] }>();
    expect(groups.groups.map((g) => g.name)).toContain("apps");
    expect((await api("GET", "/apis/apps")).json()).toMatchObject({ kind: "APIGroup", name: "apps", preferredVersion: { version: "v1" } });
    const { resources } = (await api("GET", "/api/v1/")).json<ResourceList>();
    const pods = resources.find((r) => r.name === "pods");
    expect(pods).toMatchObject({
      kind: "Pod",
      namespaced: true,
      shortNames: ["po"],
      verbs: expect.arrayContaining(["watch", "deletecollection"]),
    });
    expect(resources.map((r) => r.name)).toEqual(
      expect.arrayContaining(["pods/status", "pods/log", "pods/binding", "namespaces/finalize"]),
    );
    const scale = (await api("GET", "/apis/apps/v1")).json<ResourceList>().resources.find((r) => r.name === "deployments/scale");
    expect(scale).toMatchObject({ kind: "Scale", group: "autoscaling", version: "v1", verbs: ["get", "patch", "update"] });
  });
});

describe("aggregated discovery", () => {
  const accept = (version: string) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList,application/json`;

  it.each(["v2", "v2beta1"])("says all in one document (%s)", async (version) => {
    const answers = await Promise.all(["/api", "/apis"].map((path) => api("GET", path, undefined, { accept: accept(version) })));
    const found = answers.flatMap((answer) => {
      expect(answer.headers["content-type"]).toBe(`application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`);
      const { items, apiVersion } = answer.json<{
        apiVersion: string;
        items: { metadata: { name?: string }; versions: { resources: { resource: string }[] }[] }[];
      }>();
      expect(apiVersion).toBe(`apidiscovery.k8s.io/${version}`);
      return items.flatMap((g) => g.versions.flatMap((v) => v.resources.map((r) => `${g.metadata.name ?? ""}/${r.resource}`)));
    });
    expect(found.sort()).toEqual(kinds.map((k) => `${k.group}/${k.plural}`).sort());
  });

  it("is not sent again to who has it", async () => {
    const first = await api("GET", "/apis", undefined, { accept: accept("v2") });
    const again = await api("GET", "/apis", undefined, { accept: accept("v2"), "if-none-match": String(first.headers.etag) });
    expect(again).toMatchObject({ status: 304, text: "" });
  });
});

describe("OpenAPI v3", () => {
  interface Document {
    paths: Record<string, Record<string, { parameters: { name: string }[]; "x-kubernetes-group-version-kind": object }>>;
    components: { schemas: Record<string, Record<string, unknown>> };
  }

  it("has every kind, its paths, and nothing that leads nowhere", async () => {
    const index = (await api("GET", "/openapi/v3")).json<{ paths: Record<string, { serverRelativeURL: string }> }>();
    for (const kind of kinds) {
      const root = kind.group ? `apis/${kind.group}/${kind.version}` : `api/${kind.version}`;
      const answer = await api("GET", index.paths[root]?.serverRelativeURL as never);
      expect(answer.headers["cache-control"]).toContain("immutable");
      const { paths, components } = answer.json<Document>();
      const gvk = { group: kind.group, version: kind.version, kind: kind.kind };
      expect(components.schemas[kind.schema]?.["x-kubernetes-group-version-kind"]).toEqual([gvk]);
      const all = `/${root}${kind.scope === "Namespaced" ? "/namespaces/{namespace}" : ""}/${kind.plural}`;
      if (kind.verbs && !kind.verbs.includes("create")) continue;
      const writing = kind.virtual ? paths[all]?.post : paths[`${all}/{name}`]?.patch;
      expect(writing?.["x-kubernetes-group-version-kind"]).toEqual(gvk);
      expect(writing?.parameters.map((p) => p.name)).toContain("fieldValidation");
      const refs = [...answer.text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map((m) => m[1] as string);
      expect(refs.filter((name) => !components.schemas[name])).toEqual([]);
    }
  });

  it("describes fields", async () => {
    const { components } = (await api("GET", "/openapi/v3/api/v1")).json<Document>();
    const pod = components.schemas["io.k8s.api.core.v1.PodSpec"] as { properties: Record<string, { description?: string }> };
    expect(pod.properties.nodeName?.description).toContain("node");
  });

  it("has no other documents", async () => {
    expect((await api("GET", "/openapi/v3/apis/none/v1")).json()).toMatchObject({ code: 404 });
  });
});

it("answers tables, also in a watch", async () => {
  const accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
  interface Table {
    kind: string;
    columnDefinitions: { name: string; type: string; priority: number }[] | null;
    rows: { cells: unknown[]; object?: { kind: string; metadata: { name: string } } }[];
  }
  const get = async (query: string) => (await api("GET", `/api/v1/namespaces${query}`, undefined, { accept })).json<Table>();
  const table = await get("");
  expect(table.kind).toBe("Table");
  expect(table.columnDefinitions?.map((c) => c.name)).toEqual(["Name", "Status", "Age"]);
  expect(table.rows[0]).toMatchObject({
    cells: ["default", "Active", "0s"],
    object: { kind: "PartialObjectMetadata", metadata: { name: "default" } },
  });
  expect((await get("?includeObject=Object")).rows[0]?.object).toMatchObject({ kind: "Namespace", status: { phase: "Active" } });
  expect((await get("?includeObject=None")).rows[0]).toHaveProperty("object", null);
  expect((await get("/default")).rows).toHaveLength(1);
  const transport = plane.server.transport({ name: "tester", groups: [] });
  const response = await transport.request({ method: "GET", path: "/api/v1/namespaces?watch=1", headers: { accept } });
  let text = "";
  for await (const chunk of response.body) {
    text += Buffer.from(chunk).toString();
    if (text.split("\n").length > 2) break;
  }
  const events = text
    .split("\n")
    .slice(0, 2)
    .map((line) => JSON.parse(line) as { object: Table });
  expect(events.map((e) => e.object.columnDefinitions?.length)).toEqual([3, undefined]);
  expect(events[1]?.object.rows[0]?.cells).toHaveLength(3);
});

it("answers only the metadata on demand", async () => {
  const as = (name: string) => ({ accept: `application/json;as=${name};v=v1;g=meta.k8s.io` });
  const list = (await api("GET", "/api/v1/namespaces", undefined, as("PartialObjectMetadataList"))).json<{ items: object[] }>();
  expect(list).toMatchObject({ kind: "PartialObjectMetadataList", apiVersion: "meta.k8s.io/v1" });
  expect(list.items[0]).toMatchObject({ kind: "PartialObjectMetadata", metadata: { name: "default" } });
  expect(list.items[0]).not.toHaveProperty("status");
  const one = await api("GET", "/api/v1/namespaces/default", undefined, as("PartialObjectMetadata"));
  expect(one.json()).toMatchObject({ kind: "PartialObjectMetadata" });
});
