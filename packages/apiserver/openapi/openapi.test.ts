import { kinds } from "@wherry/api";
import { type ControlPlane, startControlPlane } from "@wherry/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { wireFields } from "../protobuf/wire.ts";
import { caller } from "../testing/call.ts";
import type { Node } from "./schemas.ts";

let plane: ControlPlane;
let api: ReturnType<typeof caller>;
beforeAll(async () => {
  plane = await startControlPlane();
  api = caller(plane.server.transport({ name: "tester", groups: [] }));
});
afterAll(() => plane.close());

const bytes = async (path: string, accept: string) => {
  const response = await plane.server.transport({ name: "t", groups: [] }).request({ method: "GET", path, headers: { accept } });
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  return { type: response.headers["content-type"], body: Buffer.concat(chunks) };
};

const PB = (version: string, at = "@") => `application/com.github.proto-openapi.spec.${version}${at}v1.0+protobuf`;

/** Messages under these field numbers, one below the other. */
function dig(message: Uint8Array, ...numbers: number[]): Uint8Array[] {
  return numbers.reduce<Uint8Array[]>(
    (found, number) => found.flatMap((m) => [...wireFields(m)].filter((f) => f.number === number).map((f) => f.value as Uint8Array)),
    [message],
  );
}
const texts = (messages: Uint8Array[]) => messages.map((m) => Buffer.from(m).toString());

/** The vocabulary of OpenAPI itself has no texts in Kubernetes either. */
const UPSTREAM_IS_SILENT = /\.openAPIV3Schema\.(?!x-kubernetes-)/;

describe("what explain shows", () => {
  interface Document {
    components: { schemas: Record<string, Node & { properties?: Record<string, Node> }> };
  }

  it.each(kinds.map((kind) => [`${kind.group || "core"}/${kind.version} ${kind.kind}`, kind] as const))(
    "of %s has a type and a text everywhere",
    async (_, kind) => {
      const root = kind.group ? `apis/${kind.group}/${kind.version}` : `api/${kind.version}`;
      const { components } = (await api("GET", `/openapi/v3/${root}`)).json<Document>();
      const untyped: string[] = [];
      const silent: string[] = [];
      const done = new Set<string>();
      const visit = (node: Node, path: string): void => {
        const reference = (node.$ref ?? (node.allOf as Node[] | undefined)?.[0]?.$ref) as string | undefined;
        const name = reference?.slice("#/components/schemas/".length);
        if (name !== undefined) {
          if (done.has(name)) return;
          done.add(name);
          const schema = components.schemas[name];
          if (schema) visit(schema, path);
          else untyped.push(path);
          return;
        }
        if (
          !node.type &&
          !node.oneOf &&
          !node["x-kubernetes-preserve-unknown-fields"] &&
          !/JSON$|RawExtension$/.test(String(node.description))
        )
          if (Object.keys(node).filter((key) => key !== "description").length > 0 || !node.description) untyped.push(path);
        for (const [field, child] of Object.entries((node.properties as Record<string, Node> | undefined) ?? {})) {
          if (!child.description && !UPSTREAM_IS_SILENT.test(`${path}.${field}`)) silent.push(`${path}.${field}`);
          visit(child, `${path}.${field}`);
        }
        for (const child of [node.items, node.additionalProperties]) if (child) visit(child as Node, path);
      };
      visit(components.schemas[kind.schema] as Node, kind.kind);
      expect({ untyped, silent }).toEqual({ untyped: [], silent: [] });
    },
  );
});

describe("a document of OpenAPI v3", () => {
  it("is sent for good when its hash is in the URL, and who has an old one learns the new", async () => {
    const { paths } = (await api("GET", "/openapi/v3")).json<{ paths: Record<string, { serverRelativeURL: string }> }>();
    const url = paths["apis/apps/v1"]?.serverRelativeURL as string;
    const answer = await api("GET", url);
    expect(answer.headers).toMatchObject({ "cache-control": expect.stringContaining("immutable"), vary: "Accept" });
    const again = await api("GET", url, undefined, { "if-none-match": String(answer.headers.etag) });
    expect(again).toMatchObject({ status: 304, text: "" });
    const old = await api("GET", "/openapi/v3/apis/apps/v1?hash=OLD");
    expect([old.status, old.headers.location]).toEqual([301, url]);
    expect((await api("GET", "/openapi/v3/apis/apps/v1")).headers["cache-control"]).toBeUndefined();
  });

  it.each(["@", "."])("says the same in protobuf (v3%sv1.0)", async (at) => {
    const { type, body } = await bytes("/openapi/v3/apis/apps/v1", PB("v3", at));
    expect(type).toBe(PB("v3", "."));
    const { paths, components } = (await api("GET", "/openapi/v3/apis/apps/v1")).json<{ paths: object; components: { schemas: object } }>();
    expect(texts(dig(body, 1))).toEqual(["3.0.0"]);
    expect(texts(dig(body, 4, 1, 1))).toEqual(Object.keys(paths));
    expect(texts(dig(body, 5, 1, 1, 1))).toEqual(Object.keys(components.schemas));
  });
});

describe("the document of OpenAPI v2", () => {
  it("is JSON unless asked otherwise, leads nowhere into the void, and has every kind", async () => {
    const answer = await api("GET", "/openapi/v2");
    expect(answer.headers["content-type"]).toBe("application/json");
    const document = answer.json<{ swagger: string; definitions: Record<string, Node>; paths: Record<string, Record<string, Node>> }>();
    expect(document.swagger).toBe("2.0");
    const refs = [...answer.text.matchAll(/"\$ref":"([^"]+)"/g)].map((m) => m[1] as string);
    expect(refs.filter((ref) => !document.definitions[ref.replace("#/definitions/", "")])).toEqual([]);
    for (const { schema, group, version, kind } of kinds)
      expect(document.definitions[schema]?.["x-kubernetes-group-version-kind"], schema).toContainEqual({ group, version, kind });
    const patch = document.paths["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]?.patch;
    expect(patch).toMatchObject({ consumes: expect.arrayContaining(["application/json-patch+json"]) });
    expect(((patch?.parameters ?? []) as Node[]).find((p) => p.in === "body")).toMatchObject({ name: "body", required: true });
    const again = await api("GET", "/openapi/v2", undefined, { "if-none-match": String(answer.headers.etag) });
    expect(again).toMatchObject({ status: 304, text: "" });
  });

  it.each(["@", "."])("is protobuf for old clients (v2%sv1.0), with an ETag", async (at) => {
    const { type, body } = await bytes("/openapi/v2", PB("v2", at));
    expect(type).toBe(PB("v2", "."));
    expect(texts(dig(body, 9, 1, 1))).toContain("io.k8s.api.core.v1.Pod");
    const first = await api("GET", "/openapi/v2", undefined, { accept: PB("v2") });
    const again = await api("GET", "/openapi/v2", undefined, { accept: PB("v2"), "if-none-match": String(first.headers.etag) });
    expect(again.status).toBe(304);
  });

  it("is nothing else", async () => {
    expect((await api("GET", "/openapi/v2", undefined, { accept: "text/html" })).status).toBe(406);
    expect((await api("GET", "/openapi/v2", undefined, { accept: PB("v3") })).status).toBe(406);
  });
});
