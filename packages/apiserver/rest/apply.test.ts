import type { Status } from "@wherry/base";
import type { ManagedFieldsEntry } from "@wherry/machinery";
import { type ControlPlane, startControlPlane } from "@wherry/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { caller } from "../testing/call.ts";

let plane: ControlPlane;
let api: ReturnType<typeof caller>;
beforeAll(async () => {
  plane = await startControlPlane();
  api = caller(plane.server.transport({ name: "tester", groups: ["system:masters"] }));
});
afterAll(() => plane.close());

interface Any {
  metadata: { name: string; resourceVersion: string; generation?: number; annotations?: object; managedFields?: ManagedFieldsEntry[] };
  spec: Record<string, unknown>;
  status?: Record<string, unknown>;
  data?: Record<string, string>;
}

const MAPS = "/api/v1/namespaces/default/configmaps";
const DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
let name: string;
let count = 0;
beforeEach(() => {
  name = `o${count++}`;
});

const send = (path: string, manager: string, body: unknown, query = "") =>
  api("PATCH", `${path}?fieldManager=${manager}${query}`, body, { "content-type": "application/apply-patch+yaml" });
const map = (data: Record<string, unknown> | undefined, metadata: object = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, ...metadata },
  ...(data && { data }),
});
const applyMap = (manager: string, data: Record<string, unknown> | undefined, query = "") =>
  send(`${MAPS}/${name}`, manager, map(data), query);
const merge = (path: string, manager: string, body: unknown) =>
  api("PATCH", `${path}?fieldManager=${manager}`, body, { "content-type": "application/merge-patch+json" });
const read = async (path: string) => (await api("GET", path)).json<Any>();
const owners = (object: Any) =>
  Object.fromEntries((object.metadata.managedFields ?? []).map((e) => [`${e.manager} ${e.operation}`, e.fieldsV1]));
const deployment = (spec: object = {}) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name },
  spec: {
    selector: { matchLabels: { a: "b" } },
    template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i", ports: [{ containerPort: 80 }] }] } },
    ...spec,
  },
});

describe("server-side apply", () => {
  it("creates, changes, and removes what is given up", async () => {
    const created = await applyMap("one", { a: "1", b: "2" });
    expect(created.status).toBe(201);
    expect(created.json<Any>().metadata.managedFields).toEqual([
      {
        manager: "one",
        operation: "Apply",
        apiVersion: "v1",
        time: "2026-01-01T00:00:00Z",
        fieldsType: "FieldsV1",
        fieldsV1: { "f:data": { "f:a": {}, "f:b": {} } },
      },
    ]);
    const changed = await applyMap("one", { a: "3" });
    expect(changed.status).toBe(200);
    expect(changed.json<Any>().data).toEqual({ a: "3" });
    expect(owners(changed.json())).toEqual({ "one Apply": { "f:data": { "f:a": {} } } });
    expect((await applyMap("one", undefined)).json<Any>().data).toBeUndefined();
  });

  it("leaves what is the same alone, and its revision", async () => {
    const first = (await send(`${DEPLOYMENTS}/${name}`, "one", deployment())).json<Any>();
    const again = (await send(`${DEPLOYMENTS}/${name}`, "one", deployment())).json<Any>();
    expect(again).toEqual(first);
    expect(first.metadata.generation).toBe(1);
  });

  it("lets managers share what they agree on, and removes it with the last of them", async () => {
    await applyMap("one", { a: "1" });
    const shared = (await applyMap("two", { a: "1" })).json<Any>();
    expect(Object.keys(owners(shared))).toEqual(["one Apply", "two Apply"]);
    expect((await applyMap("one", {})).json<Any>().data).toEqual({ a: "1" });
    expect((await applyMap("two", {})).json<Any>().data ?? {}).toEqual({});
  });

  it("refuses to change what another owns, in Kubernetes' words", async () => {
    await applyMap("one", { a: "1", b: "1" });
    await merge(`${MAPS}/${name}`, "two", { data: { b: "2", c: "2" } });
    expect((await applyMap("three", { a: "3" })).json()).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: 'Apply failed with 1 conflict: conflict with "one": .data.a',
      reason: "Conflict",
      details: { causes: [{ reason: "FieldManagerConflict", message: 'conflict with "one"', field: ".data.a" }] },
      code: 409,
    });
    expect((await applyMap("three", { a: "3", b: "3", c: "3" })).json().message).toBe(
      'Apply failed with 3 conflicts: conflicts with "one":\n- .data.a\nconflicts with "two" using v1:\n- .data.b\n- .data.c',
    );
  });

  it("takes over by force", async () => {
    await applyMap("one", { a: "1", b: "1" });
    const forced = (await applyMap("two", { a: "2" }, "&force=true")).json<Any>();
    expect(forced.data).toEqual({ a: "2", b: "1" });
    expect(owners(forced)).toEqual({ "one Apply": { "f:data": { "f:b": {} } }, "two Apply": { "f:data": { "f:a": {} } } });
  });

  it("merges lists by their keys, with their defaults", async () => {
    const path = `${DEPLOYMENTS}/${name}`;
    await send(path, "one", deployment());
    const sidecar = { template: { spec: { containers: [{ name: "side", image: "s" }] } } };
    const both = (await send(path, "two", { apiVersion: "apps/v1", kind: "Deployment", metadata: { name }, spec: sidecar })).json<Any>();
    const template = both.spec.template as { spec: { containers: { name: string; ports?: object[] }[] } };
    expect(template.spec.containers.map((c) => c.name)).toEqual(["c", "side"]);
    const port = { template: { spec: { containers: [{ name: "c", ports: [{ containerPort: 80, protocol: "TCP", name: "http" }] }] } } };
    const ports = (await send(path, "two", { apiVersion: "apps/v1", kind: "Deployment", metadata: { name }, spec: port })).json<Any>();
    const containers = (ports.spec.template as typeof template).spec.containers;
    expect(containers).toMatchObject([{ name: "c", image: "i", ports: [{ name: "http", containerPort: 80 }] }]);
  });

  it("writes nothing in a dry run", async () => {
    expect((await applyMap("one", { a: "1" }, "&dryRun=All")).status).toBe(201);
    expect((await api("GET", `${MAPS}/${name}`)).status).toBe(404);
  });

  it("says on `status` only what the status is", async () => {
    const path = `${DEPLOYMENTS}/${name}`;
    expect((await send(`${path}/status`, "one", { ...deployment(), status: { replicas: 1 } })).status).toBe(404);
    await send(path, "one", { ...deployment(), status: { replicas: 9 } });
    const answer = (await send(`${path}/status`, "ctl", { ...deployment({ replicas: 7 }), status: { replicas: 2 } })).json<Any>();
    expect(answer.status).toEqual({ replicas: 2 });
    expect(answer.spec.replicas).toBe(1);
    const entry = answer.metadata.managedFields?.find((e) => e.manager === "ctl");
    expect(entry).toMatchObject({ operation: "Apply", subresource: "status", fieldsV1: { "f:status": { "f:replicas": {} } } });
    const refused = await send(`${path}/status`, "other", { ...deployment(), status: { replicas: 3 } });
    expect(refused.json().message).toBe('Apply failed with 1 conflict: conflict with "ctl" with subresource "status": .status.replicas');
  });

  it("reads YAML, and says which keys stand twice", async () => {
    const yaml = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  a: one\n  a: two\n`;
    const strict = await send(`${MAPS}/${name}`, "one", yaml, "&fieldValidation=Strict");
    expect(strict.json()).toMatchObject({
      code: 400,
      message: 'error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  line 7: key "a" already set in map',
    });
    const answer = await send(`${MAPS}/${name}`, "one", yaml);
    expect(answer.status).toBe(201);
    expect(String(answer.headers.warning)).toContain('key \\"a\\" already set in map');
  });

  it.each<[string, (path: string) => Promise<{ json(): Status }>, number, string]>([
    [
      "no manager",
      (path) => api("PATCH", path, map({}), { "content-type": "application/apply-patch+yaml" }),
      422,
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    ],
    ["another kind", (path) => send(path, "m", { ...map({}), kind: "Secret" }), 400, "invalid object type: /v1, Kind=Secret"],
    ["no type", (path) => send(path, "m", { metadata: { name } }), 400, "invalid object type: /, Kind="],
    ["managed fields", (path) => send(path, "m", map({}, { managedFields: [] })), 400, "metadata.managedFields must be nil"],
    [
      "another name",
      (path) => send(path, "m", map({}, { name: "other" })),
      400,
      /^the name of the object \(other\) does not match the name on the URL \(o\d+\)$/,
    ],
    [
      "another namespace",
      (path) => send(path, "m", map({}, { namespace: "other" })),
      400,
      "the namespace of the provided object does not match the namespace sent on the request",
    ],
    [
      "a uid of nothing",
      (path) => send(path, "m", map({}, { uid: "u" })),
      409,
      /uid mismatch: the provided object specified uid u, and no existing object was found$/,
    ],
    [
      "an unknown field",
      (path) => send(path, "m", { ...map({}), extra: 1 }),
      400,
      /^failed to create typed patch object \(\/o\d+; \/v1, Kind=ConfigMap\): \.extra: field not declared in schema$/,
    ],
    [
      "a wrong type",
      (path) => send(path, "m", map({ a: 1 })),
      400,
      /\.data\.a: expected string, got &value\.valueUnstructured\{Value:1\}$/,
    ],
    ["no object", (path) => send(path, "m", "[]"), 400, /^error decoding YAML: .*cannot unmarshal array into Go value/],
    [
      "no YAML",
      (path) => send(path, "m", "a:\n  b: c: d"),
      400,
      /^error decoding YAML: error converting YAML to JSON: yaml: line 2: mapping values are not allowed in this context$/,
    ],
  ] as [string, (path: string) => Promise<{ json(): Status }>, number, string][])("refuses %s", async (_, request, code, message) => {
    const status = (await request(`${MAPS}/${name}`)).json();
    expect(status.code).toBe(code);
    expect(status.message).toMatch(message);
    expect((await api("GET", `${MAPS}/${name}`)).status).toBe(404);
  });

  it.each([undefined, null, {}])("refuses a new object whose metadata is %j", async (metadata) => {
    const answer = await send(`${MAPS}/${name}`, "one", { apiVersion: "v1", kind: "ConfigMap", metadata });
    expect(answer.json()).toMatchObject({ code: 400, message: expect.stringContaining("was undeterminable: name must be provided") });
  });

  it("gives what was there before to before-first-apply", async () => {
    await api("POST", MAPS, { metadata: { name }, data: { a: "1" } });
    await merge(`${MAPS}/${name}`, "m", { metadata: { managedFields: [{}] } });
    const refused = await applyMap("one", { a: "2" });
    expect(refused.json().message).toBe('Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.a');
    const added = (await applyMap("one", { b: "2" })).json<Any>();
    expect(owners(added)).toEqual({
      "one Apply": { "f:data": { "f:b": {} } },
      "before-first-apply Update": { "f:data": { ".": {}, "f:a": {} } },
    });
  });

  it("takes over from kubectl's client-side apply what that has left untouched", async () => {
    const last = { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "default" }, data: { a: "1", b: "1" } };
    const annotations = { "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify(last) };
    await api("POST", `${MAPS}?fieldManager=kubectl-client-side-apply`, { ...last, metadata: { name, annotations } });
    await merge(`${MAPS}/${name}`, "other", { data: { b: "2" } });
    const refused = await applyMap("kubectl", { a: "3", b: "3" });
    expect(refused.json().message).toBe('Apply failed with 1 conflict: conflict with "other" using v1: .data.b');
    const taken = (await applyMap("kubectl", { a: "3" })).json<Any>();
    expect(taken.data).toEqual({ a: "3", b: "2" });
    expect(taken.metadata.annotations).toEqual({
      "kubectl.kubernetes.io/last-applied-configuration": `{"apiVersion":"v1","data":{"a":"3"},"kind":"ConfigMap","metadata":{"name":"${name}"}}\n`,
    });
    expect((await applyMap("somebody", { a: "4" })).status).toBe(409);
  });

  it("lets nobody lose what many apply at once", async () => {
    const managers = Array.from({ length: 12 }, (_, i) => `m${i}`);
    await Promise.all(managers.map((manager) => applyMap(manager, { [manager]: "x" })));
    expect((await read(`${MAPS}/${name}`)).data).toEqual(Object.fromEntries(managers.map((m) => [m, "x"])));
  });
});

describe("server-side apply on `scale`", () => {
  const scale = (replicas: number | undefined, metadata: object = {}) => ({
    apiVersion: "autoscaling/v1",
    kind: "Scale",
    metadata: { name, ...metadata },
    spec: replicas === undefined ? {} : { replicas },
  });

  it("owns the replicas of the object", async () => {
    const path = `${DEPLOYMENTS}/${name}`;
    expect((await send(`${path}/scale`, "hpa", scale(2))).status).toBe(404);
    await send(path, "one", deployment({ replicas: 1 }));
    expect((await read(`${path}/scale`)).metadata.managedFields).toMatchObject([
      { manager: "one", operation: "Apply", apiVersion: "autoscaling/v1", fieldsV1: { "f:spec": { "f:replicas": {} } } },
    ]);
    expect((await send(`${path}/scale`, "hpa", scale(2))).json().message).toBe(
      'Apply failed with 1 conflict: conflict with "one": .spec.replicas',
    );
    const scaled = (await send(`${path}/scale`, "hpa", scale(2), "&force=true")).json<Any>();
    expect(scaled.spec).toEqual({ replicas: 2 });
    const after = await read(path);
    expect(after.spec.replicas).toBe(2);
    expect(after.metadata.generation).toBe(2);
    expect(after.metadata.managedFields?.find((e) => e.manager === "hpa")).toEqual({
      manager: "hpa",
      operation: "Apply",
      apiVersion: "apps/v1",
      time: "2026-01-01T00:00:00Z",
      fieldsType: "FieldsV1",
      fieldsV1: { "f:spec": { "f:replicas": {} } },
      subresource: "scale",
    });
    expect(JSON.stringify(owners(after)["one Apply"])).not.toContain("f:replicas");
    expect((await send(path, "one", deployment({ replicas: 1 }))).json().message).toBe(
      'Apply failed with 1 conflict: conflict with "hpa" with subresource "scale": .spec.replicas',
    );
    const without = (await send(path, "one", deployment())).json<Any>();
    expect(without.spec.replicas).toBe(2);
  });

  it("takes the replicas with every other write, too", async () => {
    const path = `${DEPLOYMENTS}/${name}`;
    await send(path, "one", deployment({ replicas: 1 }));
    await merge(`${path}/scale`, "kubectl", { spec: { replicas: 3 } });
    expect((await read(path)).metadata.managedFields?.map((e) => [e.manager, e.operation, e.subresource])).toEqual([
      ["one", "Apply", undefined],
      ["kubectl", "Update", "scale"],
    ]);
    expect((await send(`${path}/scale`, "hpa", scale(4))).json().message).toBe(
      'Apply failed with 1 conflict: conflict with "kubectl" with subresource "scale" using autoscaling/v1: .spec.replicas',
    );
  });

  it("shares zero replicas", async () => {
    await send(`${DEPLOYMENTS}/${name}`, "one", deployment({ replicas: 0 }));
    expect((await send(`${DEPLOYMENTS}/${name}/scale`, "hpa", scale(0))).json<Any>().metadata.managedFields).toHaveLength(2);
  });

  it("refuses what is no Scale", async () => {
    const path = `${DEPLOYMENTS}/${name}/scale`;
    await send(`${DEPLOYMENTS}/${name}`, "one", deployment({ replicas: 1 }));
    expect((await send(path, "m", deployment())).json().message).toBe("invalid object type: apps/v1, Kind=Deployment");
    expect((await send(path, "m", scale(1, { name: "other" }))).status).toBe(400);
    expect((await send(path, "m", { ...scale(1), spec: { replicas: "1" } })).json().message).toMatch(/\.spec\.replicas: expected numeric/);
    expect((await send(path, "one", scale(-1), "&force=true")).status).toBe(422);
  });
});

describe("managed fields", () => {
  it("know who created, by the User-Agent", async () => {
    const made = await api("POST", DEPLOYMENTS, deployment({ replicas: 2 }), { "user-agent": "kubectl/v1.30.1 (linux)" });
    const [entry] = made.json<Any>().metadata.managedFields ?? [];
    expect(entry).toMatchObject({ manager: "kubectl", operation: "Update", apiVersion: "apps/v1", time: "2026-01-01T00:00:00Z" });
    expect(entry?.fieldsV1).toEqual({
      "f:spec": {
        "f:progressDeadlineSeconds": {},
        "f:replicas": {},
        "f:revisionHistoryLimit": {},
        "f:selector": {},
        "f:strategy": { "f:rollingUpdate": { ".": {}, "f:maxSurge": {}, "f:maxUnavailable": {} }, "f:type": {} },
        "f:template": {
          "f:metadata": { "f:labels": { ".": {}, "f:a": {} } },
          "f:spec": {
            "f:containers": {
              'k:{"name":"c"}': {
                ".": {},
                "f:image": {},
                "f:imagePullPolicy": {},
                "f:name": {},
                "f:ports": { ".": {}, 'k:{"containerPort":80,"protocol":"TCP"}': { ".": {}, "f:containerPort": {}, "f:protocol": {} } },
                "f:resources": {},
                "f:terminationMessagePath": {},
                "f:terminationMessagePolicy": {},
              },
            },
            "f:dnsPolicy": {},
            "f:restartPolicy": {},
            "f:schedulerName": {},
            "f:securityContext": {},
            "f:terminationGracePeriodSeconds": {},
          },
        },
      },
    });
  });

  it("move with every kind of write, and only their subresource's", async () => {
    const path = `${DEPLOYMENTS}/${name}`;
    await api("POST", `${DEPLOYMENTS}?fieldManager=a`, deployment({ replicas: 1 }));
    await merge(path, "b", { spec: { replicas: 2 } });
    const found = await read(path);
    await api("PUT", `${path}/status?fieldManager=c`, { ...found, status: { replicas: 2, observedGeneration: 1 } });
    const after = await read(path);
    expect(after.metadata.managedFields?.map((e) => [e.manager, e.subresource])).toEqual([
      ["a", undefined],
      ["b", undefined],
      ["c", "status"],
    ]);
    expect(owners(after)["b Update"]).toEqual({ "f:spec": { "f:replicas": {} } });
    expect(owners(after)["c Update"]).toEqual({ "f:status": { "f:observedGeneration": {}, "f:replicas": {} } });
    expect(JSON.stringify(owners(after)["a Update"])).not.toContain("f:replicas");
  });

  it("stay when a client does not send them, or sends nonsense, and go when it empties them", async () => {
    const path = `${MAPS}/${name}`;
    const made = (await api("POST", `${MAPS}?fieldManager=a`, { metadata: { name }, data: { a: "1" } })).json<Any>();
    const put = (managedFields: unknown) => api("PUT", `${path}?fieldManager=a`, { ...made, metadata: { name, managedFields } });
    expect((await put(undefined)).json<Any>().metadata).toEqual(made.metadata);
    expect((await put([{ manager: "x", operation: "Nonsense" }])).json<Any>().metadata).toEqual(made.metadata);
    const kept = [{ manager: "x", operation: "Update", apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1: { "f:data": { "f:a": {} } } }];
    expect((await put(kept)).json<Any>().metadata.managedFields).toEqual(kept);
    expect((await put([])).json<Any>().metadata.managedFields).toBeUndefined();
    expect((await merge(path, "b", { data: { a: "2" } })).json<Any>().metadata.managedFields).toBeUndefined();
  });

  it("hold ten updaters, and put the oldest together", async () => {
    await api("POST", `${MAPS}?fieldManager=m0`, { metadata: { name }, data: { k0: "x" } });
    for (let i = 1; i < 12; i++) await merge(`${MAPS}/${name}`, `m${i}`, { data: { [`k${i}`]: "x" } });
    const found = await read(`${MAPS}/${name}`);
    expect(found.metadata.managedFields).toHaveLength(10);
    expect(Object.keys(owners(found))).toContain("ancient-changes Update");
    const all = new Set(Object.values(owners(found)).flatMap((set) => Object.keys((set as Record<string, object>)["f:data"] ?? {})));
    expect([...all].filter((key) => key !== ".")).toHaveLength(12);
  });

  it("do not move when a write changes nothing", async () => {
    const made = (await api("POST", `${MAPS}?fieldManager=a`, { metadata: { name }, data: { a: "1" } })).json<Any>();
    const same = (await merge(`${MAPS}/${name}`, "b", { data: { a: "1" } })).json<Any>();
    expect(same).toEqual(made);
  });
});
