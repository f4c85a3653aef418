import { ConfigMap, Deployment, Namespace, Pod } from "@wherry/api";
import { type FakeClock, StatusError } from "@wherry/base";
import { type ControlPlane, startControlPlane } from "@wherry/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { caller } from "../testing/call.ts";

let plane: ControlPlane;
let api: ReturnType<typeof caller>;

beforeEach(async () => {
  plane = await startControlPlane();
  api = caller(plane.server.transport({ name: "tester", groups: [] }));
});
afterEach(() => plane.close());

const NS = "/api/v1/namespaces/default";
const MAPS = `${NS}/configmaps`;
const at = (name: string) => ({ name, namespace: "default" });
const map = (name: string, data: Record<string, string> = {}) => ({ metadata: at(name), data });
const pod = (name: string) => ({ metadata: at(name), spec: { containers: [{ name: "c", image: "i" }] } });
const deployment = (name: string) => ({
  metadata: at(name),
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: "c", image: "i" }] } },
  },
});
const failed = async (promise: Promise<unknown>) => {
  const error = await promise.then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(StatusError);
  return (error as StatusError).status;
};

describe("create", () => {
  it("fills in what the server owns", async () => {
    const created = await plane.client.create(Deployment, {
      ...deployment("a"),
      metadata: { ...at("a"), uid: "mine", generation: 7, deletionTimestamp: "2020-01-01T00:00:00Z" },
    });
    expect(created.metadata).toMatchObject({ name: "a", generation: 1, creationTimestamp: "2026-01-01T00:00:00Z" });
    expect(created.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(created.metadata.deletionTimestamp).toBeUndefined();
    expect(await plane.client.get(Deployment, at("a"))).toEqual(created);
  });

  it("answers 201, and 409 for what is there", async () => {
    expect((await api("POST", MAPS, map("a"))).status).toBe(201);
    expect((await api("POST", MAPS, map("a"))).json()).toMatchObject({
      code: 409,
      reason: "AlreadyExists",
      message: 'configmaps "a" already exists',
      details: { name: "a", kind: "configmaps" },
    });
  });

  it("makes names from generateName", async () => {
    const names = new Set<string>();
    for (let i = 0; i < 20; i++) {
      const { metadata } = await plane.client.create(ConfigMap, { metadata: { generateName: "x-", namespace: "default" } });
      expect(metadata.name).toMatch(/^x-[b-z0-9]{5}$/);
      names.add(metadata.name);
    }
    expect(names.size).toBe(20);
  });

  it("refuses a missing, a foreign and an ending namespace", async () => {
    expect((await api("POST", "/api/v1/namespaces/nope/configmaps", { metadata: { name: "a" } })).json()).toMatchObject({
      code: 404,
      message: 'namespaces "nope" not found',
    });
    expect((await api("POST", MAPS, { metadata: { name: "a", namespace: "other" } })).json().message).toBe(
      "the namespace of the provided object does not match the namespace sent on the request",
    );
    await plane.client.create(Namespace, { metadata: { name: "ending" }, spec: {} });
    await plane.client.delete(Namespace, { name: "ending" });
    expect((await api("POST", "/api/v1/namespaces/ending/configmaps", { metadata: { name: "a" } })).json()).toMatchObject({
      code: 403,
      reason: "Forbidden",
      message: 'configmaps "a" is forbidden: unable to create new content in namespace ending because it is being terminated',
      details: { causes: [{ reason: "NamespaceTerminating", field: "metadata.namespace" }] },
    });
  });

  it("tells every finding of validation", async () => {
    expect((await api("POST", `${NS}/pods`, { metadata: { name: "x" }, spec: {} })).json()).toMatchObject({
      code: 422,
      reason: "Invalid",
      message: 'Pod "x" is invalid: spec.containers: Required value',
      details: { name: "x", kind: "Pod", causes: [{ reason: "FieldValueRequired", field: "spec.containers", message: "Required value" }] },
    });
    const two = await api("POST", `${NS}/pods`, {
      metadata: { name: "X_", labels: { "-": "" } },
      spec: { containers: [{ name: "c", image: "i" }] },
    });
    expect(two.json().message).toMatch(
      /^Pod "X_" is invalid: \[metadata\.name: Invalid value: "X_": .*, metadata\.labels: Invalid value: "-": .*\]$/,
    );
  });

  it("stores nothing on a dry run", async () => {
    const { resourceVersion } = (await plane.client.list(ConfigMap)).metadata;
    const answer = await api("POST", `${MAPS}?dryRun=All`, map("a"));
    expect(answer.status).toBe(201);
    expect(answer.json<ConfigMap>().metadata.uid).toBeTruthy();
    expect((await plane.client.list(ConfigMap)).metadata.resourceVersion).toBe(resourceVersion);
    expect((await api("POST", `${MAPS}?dryRun=Some`, map("a"))).json()).toMatchObject({ code: 422, reason: "Invalid" });
  });
});

describe("what cannot be read", () => {
  const INTERPRETED = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

  it.each([
    ["", "unexpected end of JSON input (<empty>)"],
    ["{", "unexpected end of JSON input ({)"],
    ['{"kind":"ConfigMap",}', `invalid character '}' looking for beginning of object key string ({"kind":"ConfigMap",})`],
    ["nonsense", "invalid character 'o' in literal null (expecting 'u') (6e6f6e73656e7365)"],
    ['{"metadata":{"name":"a"},"data":{"a":1]}', `invalid character ']' after object key:value pair ({"metadata":{"name":"a"},"data ...)`],
    ["[]", `json: cannot unmarshal array into Go value of type ${INTERPRETED} (5b5d)`],
    ['{"kind":1}', 'json: cannot unmarshal number into Go struct field .kind of type string ({"kind":1})'],
  ])("JSON %j is told of in Go's words", async (body, why) => {
    const status = (await api("POST", MAPS, body)).json();
    expect(status).toMatchObject({ code: 400, reason: "BadRequest" });
    expect(status.message).toBe(
      `the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: ${why}`,
    );
  });

  it.each([
    ["a: b: c", "yaml: mapping values are not allowed in this context (613a20623a2063)"],
    ["a:\n\tb: 1", "yaml: line 2: found character that cannot start any token (613a0a09623a2031)"],
    ["a: &x {b: *x}", "yaml: anchor 'x' value contains itself (613a202678207b623a202a787d)"],
    ["[]", `couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type ${INTERPRETED} (5b5d)`],
  ])("YAML %j, too", async (body, why) => {
    const status = (await api("POST", MAPS, body, { "content-type": "application/yaml" })).json();
    expect(status).toMatchObject({ code: 400, reason: "BadRequest" });
    expect(status.message).toBe(`the object provided is unrecognized (must be of type ConfigMap): ${why}`);
  });

  it("null is an object without anything", async () => {
    expect((await api("POST", MAPS, "null")).json()).toMatchObject({
      code: 422,
      message: 'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
    });
  });

  it("is refused in the words of the decoder", async () => {
    const message = async (body: unknown, query = "") => (await api("POST", `${MAPS}${query}`, body)).json().message;
    expect(await message({ ...map("a"), apiVersion: "v2" })).toBe(
      'ConfigMap in version "v2" cannot be handled as a ConfigMap: no kind "ConfigMap" is registered for version "v2" in scheme "pkg/api/legacyscheme/scheme.go:30"',
    );
    expect(await message({ ...map("a"), data: { a: 1 } })).toBe(
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
    );
    expect(await message({ dota: {}, metadata: { name: "a", nome: 1 } }, "?fieldValidation=Strict")).toBe(
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "dota", unknown field "metadata.nome"',
    );
    expect(await message('{"metadata":{"name":"a","name":"a"}}', "?fieldValidation=Strict")).toContain('duplicate field "metadata.name"');
    expect(await message(map("a"), "?fieldValidation=Maybe")).toContain(
      'Unsupported value: "Maybe": supported values: "", "Ignore", "Strict", "Warn"',
    );
  });

  it("is warned of by default, and ignored on demand", async () => {
    const warned = await api("POST", MAPS, { ...map("a"), dota: 1 });
    expect(warned.status).toBe(201);
    expect(warned.headers.warning).toEqual(['299 - "unknown field \\"dota\\""']);
    expect(warned.json()).not.toHaveProperty("dota");
    expect((await api("POST", `${MAPS}?fieldValidation=Ignore`, { ...map("b"), dota: 1 })).headers.warning).toBeUndefined();
  });

  it("may be YAML, and nothing unknown", async () => {
    const yaml = "metadata:\n  name: written\ndata:\n  a: b\n";
    const created = await api("POST", MAPS, yaml, { "content-type": "application/yaml", accept: "application/yaml" });
    expect(created.headers["content-type"]).toBe("application/yaml");
    expect(created.text).toContain("data:\n  a: b\n");
    expect((await api("POST", MAPS, ": : :\n -", { "content-type": "application/yaml" })).status).toBe(400);
    expect((await api("POST", MAPS, "x", { "content-type": "text/plain" })).json()).toMatchObject({
      code: 415,
      reason: "UnsupportedMediaType",
    });
    expect((await api("GET", MAPS, undefined, { accept: "application/vnd.kubernetes.protobuf" })).json()).toMatchObject({ code: 406 });
    expect((await api("GET", MAPS, undefined, { accept: "application/vnd.kubernetes.protobuf,application/json" })).status).toBe(200);
  });

  it("does not blow up on aliases", async () => {
    const bomb = `a: &a [1,1,1,1,1,1,1,1,1]\n${"bcdefgh"
      .split("")
      .map((c, i) => `${c}: &${c} [${Array(9).fill(`*${"abcdefgh"[i]}`).join(",")}]`)
      .join("\n")}`;
    expect((await api("POST", MAPS, bomb, { "content-type": "application/yaml" })).status).toBe(400);
  });
});

describe("update", () => {
  it("refuses what was made from an old version", async () => {
    const first = await plane.client.create(ConfigMap, map("a", { v: "1" }));
    const second = await plane.client.update(ConfigMap, { ...first, data: { v: "2" } });
    expect(Number(second.metadata.resourceVersion)).toBeGreaterThan(Number(first.metadata.resourceVersion));
    expect(await failed(plane.client.update(ConfigMap, { ...first, data: { v: "3" } }))).toMatchObject({
      code: 409,
      reason: "Conflict",
      message:
        'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    });
    const { resourceVersion: _, ...metadata } = first.metadata;
    const forced = await api("PUT", `${MAPS}/a`, { metadata, data: { v: "4" } });
    expect(forced.json<ConfigMap>().data).toEqual({ v: "4" });
  });

  it("keeps the revision when nothing changes", async () => {
    const first = await plane.client.create(Deployment, deployment("a"));
    expect(await plane.client.update(Deployment, first)).toEqual(first);
    const { apiVersion, kind, metadata, spec } = first;
    expect((await api("PUT", "/apis/apps/v1/namespaces/default/deployments/a", { spec, metadata, kind, apiVersion })).json()).toEqual(
      first,
    );
  });

  it("counts generations of the spec only", async () => {
    const first = await plane.client.create(Deployment, deployment("a"));
    const labelled = await plane.client.update(Deployment, { ...first, metadata: { ...first.metadata, labels: { a: "b" } } });
    expect(labelled.metadata.generation).toBe(1);
    const scaled = await plane.client.update(Deployment, { ...labelled, spec: { ...labelled.spec, replicas: 3 } });
    expect(scaled.metadata.generation).toBe(2);
  });

  it("keeps identity", async () => {
    const first = await plane.client.create(ConfigMap, map("a"));
    const put = (metadata: object) => api("PUT", `${MAPS}/a`, { metadata, data: {} });
    expect((await put({ name: "b" })).json().message).toBe("the name of the object (b) does not match the name on the URL (a)");
    expect((await put({ name: "a", uid: "other" })).json()).toMatchObject({ code: 409, reason: "Conflict" });
    expect((await put({ name: "a", creationTimestamp: "2001-01-01T00:00:00Z" })).json<ConfigMap>().metadata).toEqual(first.metadata);
    expect((await api("PUT", `${MAPS}/missing`, { metadata: { name: "missing" } })).json()).toMatchObject({ code: 404 });
  });

  it("separates the status from the rest", async () => {
    const first = await plane.client.create(Deployment, deployment("a"));
    const status = { observedGeneration: 1, replicas: 2, readyReplicas: 2 };
    const changed = { ...first, spec: { ...first.spec, replicas: 9 }, status };
    const viaStatus = await plane.client.update(Deployment, changed, { subresource: "status" });
    expect(viaStatus.status).toMatchObject(status);
    expect(viaStatus.spec).toEqual(first.spec);
    const viaMain = await plane.client.update(Deployment, { ...viaStatus, spec: changed.spec, status: {} });
    expect(viaMain.status).toEqual(viaStatus.status);
    expect(viaMain.spec.replicas).toBe(9);
  });
});

describe("patch", () => {
  const patch = (name: string, type: string, body: unknown) =>
    api("PATCH", `${MAPS}/${name}`, body, { "content-type": `application/${type}` });

  beforeEach(async () => {
    await plane.client.create(ConfigMap, map("a", { x: "1", y: "2" }));
  });

  it("speaks JSON patch, merge patch and strategic merge patch", async () => {
    expect((await patch("a", "json-patch+json", [{ op: "replace", path: "/data/x", value: "3" }])).json<ConfigMap>().data).toEqual({
      x: "3",
      y: "2",
    });
    expect((await patch("a", "merge-patch+json", { data: { x: null, z: "4" } })).json<ConfigMap>().data).toEqual({ y: "2", z: "4" });
    await plane.client.create(Deployment, deployment("d"));
    const merged = await plane.client.patch(Deployment, at("d"), {
      type: "strategic",
      body: {
        spec: {
          template: {
            spec: {
              containers: [
                { name: "c", image: "j" },
                { name: "e", image: "k" },
              ],
            },
          },
        },
      },
    });
    expect(merged.spec.template.spec?.containers.map((c) => `${c.name}=${c.image}`).sort()).toEqual(["c=j", "e=k"]);
  });

  it("refuses what does not fit", async () => {
    expect((await patch("a", "json-patch+json", [{ op: "test", path: "/data/x", value: "9" }])).json()).toMatchObject({
      code: 422,
      reason: "Invalid",
    });
    expect((await patch("a", "json-patch+json", { op: "add" })).status).toBe(400);
    expect((await patch("a", "merge-patch+json", "{{")).json()).toMatchObject({ code: 400, reason: "BadRequest" });
    expect((await patch("a", "merge-patch+json", { metadata: { resourceVersion: "1" } })).json()).toMatchObject({ code: 409 });
    expect((await patch("a", "merge-patch+json", { metadata: { name: "b" } })).status).toBe(400);
    expect((await patch("none", "merge-patch+json", {})).json()).toMatchObject({ code: 404 });
  });

  it("never loses one of many at once", async () => {
    const names = Array.from({ length: 40 }, (_, i) => `k${i}`);
    await Promise.all(names.map((name) => patch("a", "merge-patch+json", { data: { [name]: "1" } })));
    expect(Object.keys((await plane.client.get(ConfigMap, at("a"))).data ?? {}).sort()).toEqual(["x", "y", ...names].sort());
  });
});

describe("subresources", () => {
  const SCALE = "/apis/apps/v1/namespaces/default/deployments/a/scale";

  it("scales", async () => {
    await plane.client.create(Deployment, deployment("a"));
    const scale = (await api("GET", SCALE)).json<{ spec: object; metadata: { resourceVersion: string } }>();
    expect(scale).toMatchObject({ kind: "Scale", apiVersion: "autoscaling/v1", spec: { replicas: 2 }, status: { selector: "app=a" } });
    expect((await api("PUT", SCALE, { ...scale, spec: { replicas: 5 } })).json()).toMatchObject({ spec: { replicas: 5 } });
    expect((await api("PUT", SCALE, { ...scale, spec: { replicas: 6 } })).json()).toMatchObject({ code: 409 });
    const merge = { "content-type": "application/merge-patch+json" };
    expect((await api("PATCH", SCALE, { spec: { replicas: 0 } }, merge)).json()).toMatchObject({ spec: {} });
    expect((await api("PATCH", SCALE, { spec: { replicas: -1 } }, merge)).json()).toMatchObject({ code: 422 });
    expect((await plane.client.get(Deployment, at("a"))).spec.replicas).toBe(0);
    expect((await api("DELETE", SCALE)).json()).toMatchObject({ code: 405, reason: "MethodNotAllowed" });
  });

  it("binds a pod once", async () => {
    await plane.client.create(Pod, pod("p"));
    const bind = (node: string) => api("POST", `${NS}/pods/p/binding`, { metadata: { name: "p" }, target: { kind: "Node", name: node } });
    expect((await bind("")).json()).toMatchObject({ code: 422, message: 'Binding "p" is invalid: target.name: Required value' });
    expect((await bind("n1")).json()).toMatchObject({ status: "Success" });
    const bound = await plane.client.get(Pod, at("p"));
    expect(bound.spec.nodeName).toBe("n1");
    expect(bound.status?.conditions).toContainEqual({ type: "PodScheduled", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" });
    expect((await bind("n2")).json()).toMatchObject({
      code: 409,
      message: 'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "n1"',
    });
  });

  it("has no others", async () => {
    expect((await api("GET", `${MAPS}/a/status`)).json()).toMatchObject({
      code: 404,
      message: "the server could not find the requested resource",
    });
    expect((await api("GET", "/api/v1/pods/p")).json()).toMatchObject({ code: 404 });
    expect((await api("GET", "/apis/none/v1/x")).json()).toMatchObject({ code: 404 });
    expect((await api("GET", "/api/v1/%zz")).json()).toMatchObject({ code: 404 });
    expect((await api("POST", `${MAPS}/a`, {})).json()).toMatchObject({ code: 405 });
  });
});

describe("delete", () => {
  it("answers a Status, or the object for some kinds", async () => {
    const { uid } = (await plane.client.create(ConfigMap, map("a"))).metadata;
    expect((await api("DELETE", `${MAPS}/a`)).json()).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Success",
      details: { name: "a", kind: "configmaps", uid },
    });
    expect((await api("DELETE", `${MAPS}/a`)).json()).toMatchObject({ code: 404 });
    await plane.client.create(Pod, pod("p"));
    expect((await api("DELETE", `${NS}/pods/p`)).json()).toMatchObject({ kind: "Pod", metadata: { name: "p" } });
  });

  it("heeds preconditions", async () => {
    const { uid } = (await plane.client.create(ConfigMap, map("a"))).metadata;
    expect(await failed(plane.client.delete(ConfigMap, at("a"), { preconditions: { uid: "x" } }))).toMatchObject({
      code: 409,
      message: `Operation cannot be fulfilled on ConfigMap "a": the UID in the precondition (x) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    });
    expect(await failed(plane.client.delete(ConfigMap, at("a"), { preconditions: { resourceVersion: "1" } }))).toMatchObject({ code: 409 });
    await plane.client.delete(ConfigMap, at("a"), { preconditions: { uid } });
  });

  it("waits for finalizers, and goes with the last", async () => {
    await plane.client.create(ConfigMap, { ...map("a"), metadata: { ...at("a"), finalizers: ["example.com/x"] } });
    const waiting = await plane.client.delete(ConfigMap, at("a"));
    expect(waiting.metadata).toMatchObject({ deletionTimestamp: "2026-01-01T00:00:00Z", deletionGracePeriodSeconds: 0 });
    expect((await plane.client.delete(ConfigMap, at("a"))).metadata.resourceVersion).toBe(waiting.metadata.resourceVersion);
    const more = { ...waiting, metadata: { ...waiting.metadata, finalizers: ["example.com/x", "example.com/y"] } };
    expect((await failed(plane.client.update(ConfigMap, more))).message).toContain(
      "no new finalizers can be added if the object is being deleted",
    );
    await plane.client.patch(ConfigMap, at("a"), { type: "merge", body: { metadata: { finalizers: null } } });
    expect((await api("GET", `${MAPS}/a`)).status).toBe(404);
  });

  it("asks for propagation through finalizers", async () => {
    for (const [policy, finalizer] of [
      ["Orphan", "orphan"],
      ["Foreground", "foregroundDeletion"],
    ] as const) {
      await plane.client.create(ConfigMap, map(finalizer.toLowerCase()));
      const answer = await api("DELETE", `${MAPS}/${finalizer.toLowerCase()}?propagationPolicy=${policy}`);
      expect(answer.status).toBe(200);
      expect(answer.json<ConfigMap>().metadata.finalizers).toEqual([finalizer]);
    }
    expect((await api("DELETE", `${MAPS}/orphan?propagationPolicy=Sometimes`)).json()).toMatchObject({ code: 422 });
    expect((await api("DELETE", `${MAPS}/orphan`, { propagationPolicy: "Background" })).json()).toMatchObject({ status: "Success" });
  });

  it("gives a bound pod its grace period, and shortens it on demand", async () => {
    await plane.client.create(Pod, pod("p"));
    await api("POST", `${NS}/pods/p/binding`, { target: { name: "n1" } });
    const first = await plane.client.delete(Pod, at("p"));
    expect(first.metadata).toMatchObject({ deletionGracePeriodSeconds: 30, deletionTimestamp: "2026-01-01T00:00:30Z" });
    await (plane.clock as FakeClock).advance(1000);
    expect((await plane.client.delete(Pod, at("p"), { gracePeriodSeconds: 60 })).metadata.deletionGracePeriodSeconds).toBe(30);
    const shorter = await plane.client.delete(Pod, at("p"), { gracePeriodSeconds: 5 });
    expect(shorter.metadata).toMatchObject({ deletionGracePeriodSeconds: 5, deletionTimestamp: "2026-01-01T00:00:05Z" });
    await plane.client.delete(Pod, at("p"), { gracePeriodSeconds: 0 });
    expect((await failed(plane.client.get(Pod, at("p")))).code).toBe(404);
  });

  it("finishes a namespace through its finalize subresource", async () => {
    await plane.client.create(Namespace, { metadata: { name: "x" }, spec: {} });
    const ending = await plane.client.delete(Namespace, { name: "x" });
    expect(ending.status?.phase).toBe("Terminating");
    expect((await plane.client.delete(Namespace, { name: "x" })).metadata.uid).toBe(ending.metadata.uid);
    await api("PUT", "/api/v1/namespaces/x/finalize", { ...ending, spec: {} });
    expect((await failed(plane.client.get(Namespace, { name: "x" }))).code).toBe(404);
    expect((await failed(plane.client.delete(Namespace, { name: "default" }))).message).toBe(
      'namespaces "default" is forbidden: this namespace may not be deleted',
    );
  });

  it("deletes a collection by its selectors", async () => {
    for (let i = 0; i < 30; i++) await plane.client.create(ConfigMap, { metadata: { ...at(`m${i}`), labels: { odd: String(i % 2) } } });
    const answer = await api("DELETE", `${MAPS}?labelSelector=odd%3D1`);
    expect(answer.json<{ items: ConfigMap[] }>().items).toHaveLength(15);
    expect((await plane.client.list(ConfigMap, { labelSelector: "odd" })).items.every((m) => m.metadata.labels?.odd === "0")).toBe(true);
    expect((await api("DELETE", "/api/v1/configmaps")).status).toBe(405);
  });

  it("deletes nothing on a dry run", async () => {
    await plane.client.create(ConfigMap, map("a"));
    expect((await api("DELETE", `${MAPS}/a?dryRun=All`)).json()).toMatchObject({ status: "Success" });
    await plane.client.get(ConfigMap, at("a"));
  });
});
