import { ConfigMap, Deployment, Lease } from "@wherry/api";
import { type ControlPlane, startControlPlane } from "@wherry/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { caller } from "../testing/call.ts";

let plane: ControlPlane;
let api: ReturnType<typeof caller>;
const MAPS = "/api/v1/namespaces/default/configmaps";
const LEASES = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
const DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
const at = (name: string) => ({ name, namespace: "default" });

beforeEach(async () => {
  plane = await startControlPlane();
  api = caller(plane.server.transport({ name: "tester", groups: [] }));
});
afterEach(() => plane.close());

const warnings = (answer: { headers: Readonly<Record<string, unknown>> }) => [answer.headers.warning ?? []].flat();

describe("a PUT on what is not there", () => {
  it.each(["Lease", "Service", "Endpoints", "Event"])("creates a %s", async (kind) => {
    const found = plane.registry.kinds.find((k) => k.kind === kind);
    const root = found?.group ? `/apis/${found.group}/${found.version}` : "/api/v1";
    const path = `${root}/namespaces/default/${found?.plural}/a`;
    const spec = kind === "Service" ? { ports: [{ port: 80 }] } : kind === "Lease" ? {} : undefined;
    const about = kind === "Event" && { involvedObject: { namespace: "default" } };
    const body = { metadata: { ...at("a"), resourceVersion: "7" }, ...(spec && { spec }), ...about };
    const answer = await api("PUT", path, body);
    expect([answer.status, answer.json<ConfigMap>().metadata.name]).toEqual([201, "a"]);
    expect((await api("PUT", path, answer.json<ConfigMap>())).status).toBe(200);
  });

  it("does not create one that is meant to be another", async () => {
    const answer = await api("PUT", `${LEASES}/a`, { metadata: { ...at("a"), uid: "u" }, spec: {} });
    expect(answer.json()).toMatchObject({
      code: 409,
      message:
        'Operation cannot be fulfilled on leases.coordination.k8s.io "a": StorageError: invalid object, Code: 4, Key: /registry/leases/default/a, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: u, UID in object meta: ',
    });
  });

  it("is not found for all others, and for a status", async () => {
    expect((await api("PUT", `${MAPS}/a`, { metadata: at("a") })).json().message).toBe('configmaps "a" not found');
    expect((await api("PUT", "/api/v1/namespaces/default/services/a/status", { metadata: at("a"), spec: {} })).status).toBe(404);
  });

  it("stores nothing on a dry run", async () => {
    expect((await api("PUT", `${LEASES}/a?dryRun=All`, { metadata: at("a"), spec: {} })).status).toBe(201);
    expect((await api("GET", `${LEASES}/a`)).status).toBe(404);
  });
});

describe("an update", () => {
  it("must name its object", async () => {
    await plane.client.create(ConfigMap, { metadata: at("a") });
    expect((await api("PUT", `${MAPS}/a`, { metadata: {} })).json()).toMatchObject({
      code: 400,
      message: "the name of the object (a based on URL) was undeterminable: name must be provided",
    });
    expect((await api("PUT", `${MAPS}/a`, { metadata: { name: "a", namespace: "other" } })).json()).toMatchObject({
      code: 400,
      message: "the namespace of the provided object does not match the namespace sent on the request",
    });
  });

  it("needs a resourceVersion where the kind says so", async () => {
    await plane.client.create(Lease, { metadata: at("l"), spec: {} });
    const answer = (await api("PUT", `${LEASES}/l`, { metadata: at("l"), spec: {} })).json();
    expect(answer).toMatchObject({
      code: 422,
      message: 'leases.coordination.k8s.io "l" is invalid: metadata.resourceVersion: Invalid value: 0x0: must be specified for an update',
    });
  });

  it("is meant for the object with its uid", async () => {
    const { uid } = (await plane.client.create(ConfigMap, { metadata: at("a") })).metadata;
    expect((await api("PUT", `${MAPS}/a`, { metadata: { ...at("a"), uid: "x" } })).json()).toMatchObject({
      code: 409,
      message: `Operation cannot be fulfilled on configmaps "a": StorageError: invalid object, Code: 4, Key: /registry/configmaps/default/a, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: x, UID in object meta: ${uid}`,
    });
    const merge = { "content-type": "application/merge-patch+json" };
    expect((await api("PATCH", `${MAPS}/a`, { metadata: { uid: "x" } }, merge)).json()).toMatchObject({
      code: 422,
      message: 'ConfigMap "a" is invalid: metadata.uid: Invalid value: "x": field is immutable',
    });
  });

  it("keeps the rules of metadata", async () => {
    const before = await plane.client.create(ConfigMap, { metadata: at("a") });
    const put = (metadata: object) => api("PUT", `${MAPS}/a`, { ...before, metadata: { ...before.metadata, ...metadata } });
    expect((await put({ finalizers: ["x"] })).json().message).toContain(
      'metadata.finalizers[0]: Invalid value: "x": name is neither a standard finalizer name nor is it fully qualified',
    );
    expect((await put({ labels: { "a b": "c" } })).json().code).toBe(422);
    expect((await put({ annotations: { a: "x".repeat(262_145) } })).json().message).toContain("Too long");
    expect((await put({ generation: 7, deletionTimestamp: "2020-01-01T00:00:00Z", selfLink: "/x" })).json()).toEqual(before);
    expect((await put({ resourceVersion: "0" })).status).toBe(200);
  });

  it("drops owners that stand twice, and says so", async () => {
    const owner = { apiVersion: "v1", kind: "Node", name: "n", uid: "u-1" };
    const metadata = { ...at("a"), ownerReferences: [owner, owner, { ...owner, uid: "u-2" }] };
    const words = (when: string) =>
      `299 - ".metadata.ownerReferences contains duplicate entries${when}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: u-1"`;
    const created = await api("POST", MAPS, { metadata });
    expect(warnings(created)).toEqual([words("")]);
    expect(created.json<ConfigMap>().metadata.ownerReferences).toHaveLength(2);
    expect(warnings(await api("PUT", `${MAPS}/a`, { metadata }))).toEqual([words("")]);
    const merge = { "content-type": "application/merge-patch+json" };
    expect(warnings(await api("PATCH", `${MAPS}/a`, { metadata }, merge))).toEqual([words(" after mutating admission happens")]);
  });

  it("wakes nobody when it changes nothing, on every path to an object", async () => {
    const spec = {
      replicas: 1,
      selector: { matchLabels: { a: "b" } },
      template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } },
    };
    const before = await plane.client.create(Deployment, { metadata: at("d"), spec });
    const type = (name: string) => ({ "content-type": `application/${name}` });
    const merge = type("merge-patch+json");
    for (const [method, path, body, headers] of [
      ["PUT", "d", before, {}],
      ["PUT", "d/status", before, {}],
      ["PATCH", "d", { spec: { replicas: 1 } }, merge],
      ["PATCH", "d/status", {}, merge],
      ["PATCH", "d/scale", { spec: { replicas: 1 } }, merge],
      ["PATCH", "d/scale", [{ op: "replace", path: "/spec/replicas", value: 1 }], type("json-patch+json")],
      ["PATCH", "d/scale", { spec: { replicas: 1 } }, type("strategic-merge-patch+json")],
      ["PATCH", "d", { spec: { template: { spec: { containers: [{ name: "c", image: "i" }] } } } }, type("strategic-merge-patch+json")],
    ] as const)
      expect((await api(method, `${DEPLOYMENTS}/${path}`, body, headers)).status, `${method} ${path}`).toBe(200);
    expect(await plane.client.get(Deployment, at("d"))).toEqual(before);
  });
});

describe("a name that was generated", () => {
  it("is told to be taken in other words than one that was given", async () => {
    await plane.client.create(ConfigMap, { metadata: at("a") });
    const answer = await api("POST", MAPS, { metadata: { ...at("a"), generateName: "a-" } });
    expect(answer.json()).toMatchObject({
      code: 409,
      reason: "AlreadyExists",
      message: 'configmaps "a" already exists, the server was not able to generate a unique name for the object',
      details: { retryAfterSeconds: 1 },
    });
    expect((await api("POST", MAPS, { metadata: at("a") })).json().message).toBe('configmaps "a" already exists');
  });
});

describe("an object without a name", () => {
  it("is refused, whatever its kind makes of names", async () => {
    const template = { spec: { containers: [{ name: "c", image: "i" }], restartPolicy: "Never" } };
    const answer = await api("POST", "/apis/batch/v1/namespaces/default/jobs", { metadata: {}, spec: { template } });
    expect(answer.json()).toMatchObject({
      code: 422,
      message: 'Job.batch "" is invalid: metadata.name: Required value: name or generateName is required',
    });
  });
});

describe("the options of a write", () => {
  it.each<["POST" | "PUT" | "PATCH", string, string]>([
    ["POST", "dryRun=Some", 'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"'],
    [
      "PUT",
      "fieldValidation=Yes",
      'UpdateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "Yes": supported values: "", "Ignore", "Strict", "Warn"',
    ],
    ["PATCH", "force=true", 'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch'],
    [
      "POST",
      `fieldManager=${"x".repeat(129)}`,
      'CreateOptions.meta.k8s.io "" is invalid: fieldManager: Too long: may not be more than 128 bytes',
    ],
    [
      "POST",
      "fieldManager=a%0Ab",
      'CreateOptions.meta.k8s.io "" is invalid: fieldManager: Invalid value: "a\\nb": invalid character U+000A (at position 1)',
    ],
  ])("%s %s are refused", async (method, query, message) => {
    const type = { "content-type": method === "PATCH" ? "application/merge-patch+json" : "application/json" };
    const path = method === "POST" ? MAPS : `${MAPS}/a`;
    expect((await api(method, `${path}?${query}`, { metadata: at("a") }, type)).json()).toMatchObject({ code: 422, message });
  });
});
