import { CustomResourceDefinition } from "@wherry/api";
import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { caller, watchLines } from "../testing/call.ts";

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

type Crd = CustomResourceDefinition;
const conditions = (crd: Crd) => Object.fromEntries((crd.status?.conditions ?? []).map((c) => [c.type, `${c.status} ${c.reason}`]));

/** Waits, as `kubectl wait` does, until a condition holds. */
async function until(name: string, holds: (crd: Crd) => boolean): Promise<Crd> {
  const stop = new AbortController();
  const query = `fieldSelector=metadata.name=${name}`;
  for await (const { object } of plane.client.watch(CustomResourceDefinition, { fieldSelector: `metadata.name=${name}` }, stop.signal)) {
    if (!holds(object)) continue;
    stop.abort();
    return object;
  }
  throw new Error(`the watch ended: ${query}`);
}

const established = (name = "crontabs.stable.example.com") =>
  until(name, (crd) => conditions(crd).Established?.startsWith("True") ?? false);

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
    expect((await call("PUT", `${CRONTABS}/b`, crontab("b"))).status).toBe(200);
    await watching;
    expect((await call("GET", CRONTABS)).status).toBe(404);
    expect(events).toContain("DELETED a");
    expect(events).toContain("DELETED b");
    expect((await call("GET", `${CRDS}/crontabs.stable.example.com`)).status).toBe(404);
  });
});
