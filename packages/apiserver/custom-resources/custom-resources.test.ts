import { type CustomResourceDefinition, registry } from "@wherry/api";
import { silentLogger } from "@wherry/base";
import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createApiServer } from "../server.ts";
import { caller, watchLines } from "../testing/call.ts";
import { conditionsOf, untilDefinition, untilEstablished } from "./testing.ts";

let plane: ControlPlane;
let call: ReturnType<typeof caller>;

beforeEach(async () => {
  plane = await startControlPlane();
  call = caller(plane.server.transport({ name: "admin", groups: ["system:masters"] }));
});
afterEach(() => plane.close());

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const CRONTABS = "/apis/stable.example.com/v1/namespaces/default/crontabs";

const schema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      required: ["image"],
      properties: {
        cronSpec: { type: "string", pattern: "^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$" },
        image: { type: "string" },
        replicas: { type: "integer", minimum: 1, maximum: 10, default: 1 },
      },
    },
    status: { type: "object", properties: { replicas: { type: "integer" }, labelSelector: { type: "string" } } },
  },
};

const version = (name: string, extra: object = {}) => ({
  name,
  served: true,
  storage: true,
  schema: { openAPIV3Schema: schema },
  ...extra,
});

function definition(extra: { spec?: object; versions?: object[]; names?: object; metadata?: object } = {}) {
  const names = { plural: "crontabs", singular: "crontab", kind: "CronTab", shortNames: ["ct"], ...extra.names };
  const group = "stable.example.com";
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${names.plural}.${group}`, ...extra.metadata },
    spec: { group, scope: "Namespaced", names, versions: extra.versions ?? [version("v1")], ...extra.spec },
  };
}

const crontab = (name: string, spec: object = { image: "x" }, extra: object = {}) => ({
  apiVersion: "stable.example.com/v1",
  kind: "CronTab",
  metadata: { name },
  spec,
  ...extra,
});

/** Other tests may keep the machine busy. */
const LONG = { timeout: 50_000 };

type Crd = CustomResourceDefinition;
const conditions = conditionsOf;
const until = (name: string, holds: (crd: Crd) => boolean) => untilDefinition(plane.client, name, holds);
const established = (name = "crontabs.stable.example.com") => untilEstablished(plane.client, name);

async function define(extra: Parameters<typeof definition>[0] = {}) {
  const made = await call("POST", CRDS, definition(extra));
  expect(made.status, made.text).toBe(201);
  return established(made.json<Crd>().metadata.name);
}

describe("the life of a definition", () => {
  it("is established, and its kind works at once", async () => {
    const crd = await define();
    expect(conditions(crd)).toEqual({ NamesAccepted: "True NoConflicts", Established: "True InitialNamesAccepted" });
    expect(crd.status?.acceptedNames).toEqual({
      plural: "crontabs",
      singular: "crontab",
      kind: "CronTab",
      listKind: "CronTabList",
      shortNames: ["ct"],
    });
    expect(crd.status?.storedVersions).toEqual(["v1"]);
    const made = await call("POST", CRONTABS, crontab("a", { image: "i", junk: 1 }));
    expect(made.status, made.text).toBe(201);
    expect(made.json()).toMatchObject({ spec: { image: "i", replicas: 1 }, metadata: { generation: 1 } });
    expect(made.headers.warning).toEqual(['299 - "unknown field \\"spec.junk\\""']);
    expect((await call("GET", CRONTABS)).json()).toMatchObject({ kind: "CronTabList", items: [{ metadata: { name: "a" } }] });
  });

  it("is deleted with its objects, and its watchers end", async () => {
    await define();
    await call("POST", CRONTABS, crontab("a"));
    await call("POST", CRONTABS, { ...crontab("b"), metadata: { name: "b", finalizers: ["example.com/keep"] } });
    const events: string[] = [];
    const watching = (async () => {
      const transport = plane.server.transport({ name: "admin", groups: [] });
      for await (const e of watchLines<{ type: string; object: { metadata: { name: string } } }>(transport, `${CRONTABS}?watch=1`))
        events.push(`${e.type} ${e.object.metadata.name}`);
    })();
    expect((await call("DELETE", `${CRDS}/crontabs.stable.example.com`)).status).toBe(200);
    const waiting = await until("crontabs.stable.example.com", (crd) => conditions(crd).Terminating === "True InstanceDeletionInProgress");
    expect(waiting.metadata.finalizers).toEqual(["customresourcecleanup.apiextensions.k8s.io"]);
    expect((await call("POST", CRONTABS, crontab("c"))).status).toBe(405);
    // What keeps the last object from its end lets go of it.
    expect((await call("PATCH", `${CRONTABS}/b`, { metadata: { finalizers: null } }, MERGE)).status).toBe(200);
    await watching;
    expect((await call("GET", CRONTABS)).status).toBe(404);
    expect(events).toContain("DELETED a");
    expect(events).toContain("DELETED b");
    expect((await call("GET", `${CRDS}/crontabs.stable.example.com`)).status).toBe(404);
  });
});

const SUBRESOURCES = {
  status: {},
  scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas", labelSelectorPath: ".status.labelSelector" },
};
const MERGE = { "content-type": "application/merge-patch+json" };
const message = (answer: { json<T>(): T }) => answer.json<{ message: string }>().message;

describe("names", () => {
  it("that another definition has are not accepted until they are free", async () => {
    await define();
    const names = { plural: "tabs", singular: "crontab", kind: "CronTab", listKind: "TabList", shortNames: ["ct", "tb"] };
    await call("POST", CRDS, definition({ names }));
    const waiting = await until("tabs.stable.example.com", (crd) => conditions(crd).NamesAccepted !== undefined);
    expect(conditions(waiting)).toEqual({ NamesAccepted: "False KindConflict", Established: "False NotAccepted" });
    expect(waiting.status?.conditions?.[0]?.message).toBe('"CronTab" is already in use');
    expect(waiting.status?.acceptedNames).toEqual({ plural: "tabs", listKind: "TabList", kind: "" });
    expect((await call("GET", "/apis/stable.example.com/v1/tabs")).status).toBe(404);
    await call("DELETE", `${CRDS}/crontabs.stable.example.com`);
    const accepted = await established("tabs.stable.example.com");
    expect(accepted.status?.acceptedNames).toEqual({ ...names });
    expect((await call("GET", "/apis/stable.example.com/v1/tabs")).status).toBe(200);
  });

  it("of kinds that are built in are taken", async () => {
    const metadata = { name: "leases.coordination.k8s.io", annotations: { "api-approved.kubernetes.io": "unapproved, for a test" } };
    const spec = { group: "coordination.k8s.io" };
    const made = await call(
      "POST",
      CRDS,
      definition({ metadata, spec, names: { plural: "leases", singular: "lease", kind: "Lease", shortNames: [] } }),
    );
    expect(made.status, made.text).toBe(201);
    const crd = await until(metadata.name, (o) => conditions(o).KubernetesAPIApprovalPolicyConformant !== undefined);
    expect(conditions(crd)).toEqual({
      NamesAccepted: "False ListKindConflict",
      Established: "False NotAccepted",
      KubernetesAPIApprovalPolicyConformant: "False UnapprovedAnnotation",
    });
    expect((await call("GET", "/apis/coordination.k8s.io/v1/leases")).json()).toMatchObject({ kind: "LeaseList" });
  });
});

describe("custom objects", () => {
  it("are checked against their schema, in upstream's words", async () => {
    await define();
    const bad = await call("POST", CRONTABS, crontab("a", { cronSpec: "* * *", replicas: 15 }));
    expect([bad.status, message(bad)]).toEqual([
      422,
      'CronTab.stable.example.com "a" is invalid: [spec.cronSpec: Invalid value: "* * *": spec.cronSpec in body should match \'^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$\', ' +
        "spec.replicas: Invalid value: 15: spec.replicas in body should be less than or equal to 10, spec.image: Required value]",
    ]);
    const strict = await call("POST", `${CRONTABS}?fieldValidation=Strict`, crontab("a", { image: "x", imgae: "y" }));
    expect([strict.status, message(strict)]).toEqual([
      400,
      'CronTab in version "v1" cannot be handled as a CronTab: strict decoding error: unknown field "spec.imgae"',
    ]);
    expect((await call("POST", CRONTABS, { ...crontab("a"), metadata: { name: "A_" } })).status).toBe(422);
  });

  it("keep their generation by what changed, and their status where it is written", async () => {
    await define({ versions: [version("v1", { subresources: SUBRESOURCES })] });
    const made = await call("POST", CRONTABS, crontab("a", { image: "x" }, { status: { replicas: 7 } }));
    expect(made.json()).not.toHaveProperty("status");
    const generation = async (path: string, body: object) => {
      const answer = await call("PATCH", `${CRONTABS}/a${path}`, body, MERGE);
      expect(answer.status, answer.text).toBe(200);
      const { metadata, status } = answer.json<{ metadata: { generation: number; labels?: object }; status?: object }>();
      return [metadata.generation, metadata.labels, status];
    };
    expect(await generation("", { metadata: { labels: { a: "b" } }, status: { replicas: 1 } })).toEqual([1, { a: "b" }, undefined]);
    expect(
      await generation("/status", {
        metadata: { labels: { c: "d" } },
        spec: { image: "z" },
        status: { replicas: 2, labelSelector: "a=b" },
      }),
    ).toEqual([1, { a: "b" }, { replicas: 2, labelSelector: "a=b" }]);
    expect(await generation("", { spec: { replicas: 3 } })).toEqual([2, { a: "b" }, { replicas: 2, labelSelector: "a=b" }]);
    expect((await call("GET", `${CRONTABS}/a/scale`)).json()).toMatchObject({
      spec: { replicas: 3 },
      status: { replicas: 2, selector: "a=b" },
    });
    expect((await call("PATCH", `${CRONTABS}/a/scale`, { spec: { replicas: 5 } }, MERGE)).json()).toMatchObject({ spec: { replicas: 5 } });
    expect((await call("PATCH", `${CRONTABS}/a/scale`, { spec: { replicas: 50 } }, MERGE)).status).toBe(422);
    expect((await call("PATCH", `${CRONTABS}/a`, { spec: {} }, { "content-type": "application/strategic-merge-patch+json" })).status).toBe(
      415,
    );
  });

  it("without a status of its own count a change of that field", async () => {
    await define();
    await call("POST", CRONTABS, crontab("a", { image: "x" }, { status: { replicas: 1 } }));
    const next = await call("PATCH", `${CRONTABS}/a`, { status: { replicas: 2 } }, MERGE);
    expect(next.json()).toMatchObject({ metadata: { generation: 2 }, status: { replicas: 2 } });
    expect((await call("GET", `${CRONTABS}/a/status`)).status).toBe(404);
  });

  it("follow rules in CEL, also about what was there before", async () => {
    const rules = [
      { rule: "self.replicas <= 5", message: "too many" },
      { rule: "self.image == oldSelf.image", message: "the image stays", reason: "FieldValueForbidden", fieldPath: ".image" },
    ];
    const ruled = { ...schema, properties: { spec: { ...schema.properties.spec, "x-kubernetes-validations": rules } } };
    await define({ versions: [version("v1", { schema: { openAPIV3Schema: ruled } })] });
    expect(message(await call("POST", CRONTABS, crontab("a", { image: "x", replicas: 6 })))).toBe(
      'CronTab.stable.example.com "a" is invalid: spec: Invalid value: "object": too many',
    );
    expect((await call("POST", CRONTABS, crontab("a", { image: "x" }))).status).toBe(201);
    const changed = await call("PATCH", `${CRONTABS}/a`, { spec: { image: "y" } }, MERGE);
    expect(message(changed)).toBe('CronTab.stable.example.com "a" is invalid: spec.image: Forbidden: the image stays');
    const broken = await call("PATCH", `${CRONTABS}/a`, { spec: { image: 5 } }, MERGE);
    expect(message(broken)).toContain(
      '<nil>: Invalid value: "null": some validation rules were not checked because the object was invalid',
    );
    const wrong = { ...schema, properties: { spec: { type: "object", "x-kubernetes-validations": [{ rule: "self.nope" }] } } };
    const names = { plural: "others", kind: "Other", singular: "other", shortNames: [] };
    const refused = await call("POST", CRDS, definition({ names, versions: [version("v1", { schema: { openAPIV3Schema: wrong } })] }));
    expect([refused.status, message(refused).includes("compilation failed: ERROR:")]).toEqual([422, true]);
  });

  it("can be selected by the fields that the definition names, in lists and watches", async () => {
    await define({ versions: [version("v1", { selectableFields: [{ jsonPath: ".spec.image" }] })] });
    for (const name of ["a", "b"]) await call("POST", CRONTABS, crontab(name, { image: name }));
    const listed = await call("GET", `${CRONTABS}?fieldSelector=spec.image%3Db`);
    expect(listed.json<{ items: { metadata: { name: string } }[] }>().items.map((o) => o.metadata.name)).toEqual(["b"]);
    const refused = await call("GET", `${CRONTABS}?fieldSelector=spec.replicas%3D1`);
    expect([refused.status, message(refused)]).toEqual([400, "field label not supported: spec.replicas"]);
  });

  it("are shown in the columns of the definition", async () => {
    const columns = [
      { name: "Spec", type: "string", jsonPath: ".spec.cronSpec" },
      { name: "Replicas", type: "integer", jsonPath: ".spec.replicas", priority: 1 },
      { name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
      { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
    ];
    await define({ versions: [version("v1", { additionalPrinterColumns: columns })] });
    await call("POST", CRONTABS, crontab("a", { image: "x", cronSpec: "1 2 3 4 5" }));
    const table = await call("GET", CRONTABS, undefined, { accept: "application/json;as=Table;g=meta.k8s.io;v=v1" });
    expect(table.json()).toMatchObject({
      columnDefinitions: [{ name: "Name" }, { name: "Spec" }, { name: "Replicas", priority: 1 }, { name: "Ready" }, { name: "Age" }],
      rows: [{ cells: ["a", "1 2 3 4 5", 1, null, "0s"] }],
    });
  });

  it("speak every served version, each with its own schema", async () => {
    const openAPIV3Schema = {
      type: "object",
      properties: { spec: { type: "object", properties: { image: { type: "string" }, extra: { type: "string", default: "d" } } } },
    };
    const versions = [
      version("v1"),
      { ...version("v2"), storage: false, schema: { openAPIV3Schema } },
      { ...version("v1beta1"), storage: false, served: false },
    ];
    await define({ versions });
    const v2 = CRONTABS.replace("/v1/", "/v2/");
    expect((await call("POST", v2, { ...crontab("a"), apiVersion: "stable.example.com/v2", spec: { image: "i" } })).json()).toMatchObject({
      apiVersion: "stable.example.com/v2",
      spec: { image: "i", extra: "d" },
    });
    expect((await call("GET", `${CRONTABS}/a`)).json()).toMatchObject({
      apiVersion: "stable.example.com/v1",
      spec: { image: "i", replicas: 1 },
    });
    expect((await call("GET", `${CRONTABS}/a`)).json<{ spec: object }>().spec).not.toHaveProperty("extra");
    expect((await call("GET", CRONTABS.replace("/v1/", "/v1beta1/"))).status).toBe(404);
    const group = (await call("GET", "/apis/stable.example.com")).json<{ preferredVersion: object; versions: object[] }>();
    expect(group).toMatchObject({ preferredVersion: { version: "v2" }, versions: [{ version: "v2" }, { version: "v1" }] });
  });

  it("of a version on its way out come with a Warning", async () => {
    const old = { ...version("v1alpha1", { deprecated: true }), storage: false };
    const older = { ...version("v0", { deprecated: true, deprecationWarning: "v0 is history" }), storage: false };
    await define({ versions: [version("v1"), old, older, { ...version("v1beta1"), storage: false }] });
    const warning = async (v: string) => (await call("GET", CRONTABS.replace("/v1/", `/${v}/`))).headers.warning;
    expect([await warning("v1"), await warning("v1alpha1"), await warning("v0")]).toEqual([
      undefined,
      ['299 - "stable.example.com/v1alpha1 CronTab is deprecated; use stable.example.com/v1 CronTab"'],
      ['299 - "v0 is history"'],
    ]);
  });

  it("are never updated blindly", async () => {
    await define();
    await call("POST", CRONTABS, crontab("a"));
    expect((await call("PUT", `${CRONTABS}/a`, crontab("a", { image: "y" }))).json()).toMatchObject({
      code: 422,
      message: 'crontabs.stable.example.com "a" is invalid: metadata.resourceVersion: Invalid value: 0x0: must be specified for an update',
    });
  });

  it("that are older than a change of the schema are shown by the new one", async () => {
    const { metadata } = await define();
    await call("POST", CRONTABS, crontab("a", { image: "x" }));
    const openAPIV3Schema = {
      type: "object",
      properties: { spec: { type: "object", properties: { image: { type: "string" }, more: { type: "string", default: "m" } } } },
    };
    const next = definition({ versions: [version("v1", { schema: { openAPIV3Schema } })] });
    const updated = await call("PUT", `${CRDS}/crontabs.stable.example.com`, { ...next, metadata });
    expect(updated.status, updated.text).toBe(200);
    const seen = async () => (await call("GET", `${CRONTABS}/a`)).json<{ spec: object }>().spec;
    await expect.poll(seen, LONG).toEqual({ image: "x", more: "m" });
  });
});

describe("server-side apply", () => {
  const APPLY = { "content-type": "application/apply-patch+yaml" };
  const apply = (manager: string, spec: object, force = "") =>
    call("PATCH", `${CRONTABS}/a?fieldManager=${manager}${force}`, { ...crontab("a", spec) }, APPLY);

  it("creates, merges lists by the schema's keys, and tells conflicts", async () => {
    const items = { type: "object", required: ["name"], properties: { name: { type: "string" }, value: { type: "string" } } };
    const list = { type: "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"], items };
    const own = { ...schema, properties: { spec: { type: "object", properties: { image: { type: "string" }, env: list } } } };
    await define({ versions: [version("v1", { schema: { openAPIV3Schema: own } })] });
    expect((await apply("one", { image: "x", env: [{ name: "a", value: "1" }] })).status).toBe(201);
    expect((await apply("two", { env: [{ name: "b", value: "2" }] })).json()).toMatchObject({
      spec: {
        image: "x",
        env: [
          { name: "a", value: "1" },
          { name: "b", value: "2" },
        ],
      },
    });
    const conflict = await apply("two", { image: "y" });
    expect([conflict.status, message(conflict)]).toEqual([409, 'Apply failed with 1 conflict: conflict with "one": .spec.image']);
    expect((await apply("two", { image: "y" }, "&force=true")).json()).toMatchObject({
      spec: { image: "y", env: [{ name: "a", value: "1" }] },
    });
  });
});

it("kinds and objects are there again after a restart", async () => {
  await define({ versions: [version("v1", { subresources: SUBRESOURCES })] });
  await call("POST", CRONTABS, crontab("a"));
  await plane.server.close();
  const { store, clock } = plane;
  const server = await createApiServer({ store, registry, clock, log: silentLogger, serviceCIDR: "10.96.0.0/16", version: "0.0.0" });
  const again = caller(server.transport({ name: "admin", groups: ["system:masters"] }));
  expect((await again("GET", CRONTABS)).json()).toMatchObject({ items: [{ metadata: { name: "a" }, spec: { replicas: 1 } }] });
  expect((await again("POST", CRONTABS, crontab("b", { image: "x", replicas: 99 }))).status).toBe(422);
  const stop = new AbortController();
  const deleted = (async () => {
    const transport = server.transport({ name: "admin", groups: [] });
    for await (const event of watchLines<{ type: string }>(transport, `${CRDS}?watch=1`, stop.signal)) if (event.type === "DELETED") return;
  })();
  await again("DELETE", `${CRDS}/crontabs.stable.example.com`);
  await deleted;
  stop.abort();
  expect((await again("GET", CRONTABS)).status).toBe(404);
  await server.close();
});

describe("documents", () => {
  it("of discovery and OpenAPI come and go with the kind", async () => {
    const before = (await call("GET", "/openapi/v3")).text;
    await define({ versions: [version("v1", { subresources: SUBRESOURCES })] });
    const resources = (await call("GET", "/apis/stable.example.com/v1")).json<{ resources: { name: string }[] }>().resources;
    expect(resources.map((r) => r.name)).toEqual(["crontabs", "crontabs/scale", "crontabs/status"]);
    const aggregated = await call("GET", "/apis", undefined, {
      accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
    });
    expect(aggregated.text).toContain('"shortNames":["ct"]');
    const document = (await call("GET", "/openapi/v3/apis/stable.example.com/v1")).json<{
      components: { schemas: Record<string, object> };
    }>();
    expect(document.components.schemas["com.example.stable.v1.CronTab"]).toMatchObject({
      "x-kubernetes-group-version-kind": [{ group: "stable.example.com", kind: "CronTab", version: "v1" }],
      properties: { spec: { properties: { replicas: { maximum: 10, default: 1 } } }, metadata: { allOf: [{}] } },
    });
    expect((await call("GET", "/openapi/v2")).text).toContain("com.example.stable.v1.CronTab");
    expect((await call("GET", "/openapi/v3")).text).not.toBe(before);
    await call("DELETE", `${CRDS}/crontabs.stable.example.com`);
    await expect.poll(async () => (await call("GET", "/openapi/v3")).text, LONG).toBe(before);
    expect((await call("GET", "/apis/stable.example.com")).status).toBe(404);
  });
});

describe("a broken definition", () => {
  it.each<[string, object]>([
    ["no spec", { spec: null }],
    ["no names", { spec: { group: "a.b", scope: "Cluster", names: {}, versions: [] } }],
    ["versions of a wrong type", { spec: { versions: "v1" } }],
    ["a schema of a wrong type", { spec: { versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: "x" } }] } }],
    [
      "choices of a wrong type",
      { spec: { versions: [version("v1", { schema: { openAPIV3Schema: { type: "object", anyOf: 5, items: { anyOf: 5 } } } })] } },
    ],
    [
      "rules of a wrong type",
      { spec: { versions: [version("v1", { schema: { openAPIV3Schema: { type: "object", "x-kubernetes-validations": [5] } } })] } },
    ],
    ["columns of a wrong type", { spec: { versions: [version("v1", { additionalPrinterColumns: [{ name: 5 }] })] } }],
  ])("with %s is refused", async (_, broken) => {
    const { spec, ...rest } = definition();
    const answer = await call("POST", CRDS, {
      ...rest,
      spec: "spec" in broken && broken.spec === null ? null : { ...spec, ...(broken as { spec: object }).spec },
    });
    expect([400, 422]).toContain(answer.status);
  });
});
