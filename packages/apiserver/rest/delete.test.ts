import { ConfigMap, Lease, Pod, registry } from "@wherry/api";
import type { FakeClock } from "@wherry/base";
import { defineKind, Registry } from "@wherry/machinery";
import { type ControlPlane, startControlPlane } from "@wherry/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { caller } from "../testing/call.ts";

/** A kind whose dependents stay when a delete does not say. */
const Keeper = defineKind<ConfigMap>({
  ...ConfigMap,
  group: "test.wherry.io",
  version: "v1",
  kind: "Keeper",
  plural: "keepers",
  singular: "keeper",
  defaultPropagation: "Orphan",
  hasGeneration: true,
});

let plane: ControlPlane;
let api: ReturnType<typeof caller>;
const NS = "/api/v1/namespaces/default";
const MAPS = `${NS}/configmaps`;
const KEEPERS = "/apis/test.wherry.io/v1/namespaces/default/keepers";
const at = (name: string) => ({ name, namespace: "default" });
const create = (name: string, finalizers?: string[]) =>
  plane.client.create(ConfigMap, { metadata: { ...at(name), ...(finalizers && { finalizers }) } });

beforeEach(async () => {
  const kinds = new Registry(registry.definitions, [...registry.kinds, Keeper]);
  plane = await startControlPlane({ registry: kinds });
  api = caller(plane.server.transport({ name: "tester", groups: [] }));
});
afterEach(() => plane.close());

describe("the options of a delete", () => {
  it.each<[string, unknown, number, string]>([
    [
      "?propagationPolicy=Maybe",
      undefined,
      422,
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Maybe": supported values: "Foreground", "Background", "Orphan", "nil"',
    ],
    [
      "?propagationPolicy=Orphan&orphanDependents=true",
      undefined,
      422,
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set',
    ],
    [
      "?dryRun=Some",
      undefined,
      422,
      'DeleteOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
    ],
    ["?gracePeriodSeconds=x", undefined, 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    ["?gracePeriodSeconds=99999999999999999999", undefined, 400, 'strconv.ParseInt: parsing "99999999999999999999": value out of range'],
    [
      "",
      { gracePeriodSeconds: "5" },
      400,
      'DeleteOptions in version "v1" cannot be handled as a DeleteOptions: json: cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds of type int64',
    ],
    [
      "",
      { preconditions: [] },
      400,
      'DeleteOptions in version "v1" cannot be handled as a DeleteOptions: json: cannot unmarshal array into Go struct field DeleteOptions.preconditions of type v1.Preconditions',
    ],
    ["", { kind: "Pod" }, 400, "decoded object cannot be converted to DeleteOptions: it is a Pod"],
    [
      "",
      { kind: [{ toString: null }] },
      400,
      'the object provided is unrecognized (must be of type DeleteOptions): couldn\'t get version/kind; json parse error: json: cannot unmarshal array into Go struct field .kind of type string ({"kind":[{"toString":null}]})',
    ],
    [
      "",
      "{",
      400,
      "the object provided is unrecognized (must be of type DeleteOptions): couldn't get version/kind; json parse error: unexpected end of JSON input ({)",
    ],
    ["?uid=other", undefined, 409, ""],
    ["", { preconditions: { resourceVersion: "1" } }, 409, ""],
  ])("%s %j are refused", async (query, body, code, message) => {
    await create("a");
    const status = (await api("DELETE", `${MAPS}/a${query}`, body)).json();
    expect(status.code).toBe(code);
    if (message) expect(status.message).toBe(message);
    expect((await api("GET", `${MAPS}/a`)).status).toBe(200);
  });

  it("come from the body when there is one", async () => {
    await create("a", ["example.com/x"]);
    const answer = await api("DELETE", `${MAPS}/a?propagationPolicy=Foreground`, { kind: "DeleteOptions", apiVersion: "apps/v1" });
    expect(answer.json<ConfigMap>().metadata.finalizers).toEqual(["example.com/x"]);
  });

  it("make a waiting delete Accepted only when asked the old way", async () => {
    for (const [query, code] of [
      ["orphanDependents=false", 202],
      ["orphanDependents=true", 200],
      ["propagationPolicy=Foreground", 200],
    ] as const) {
      await create("a", ["example.com/x"]);
      expect((await api("DELETE", `${MAPS}/a?${query}`)).status).toBe(code);
      await plane.client.patch(ConfigMap, at("a"), { type: "merge", body: { metadata: { finalizers: null } } });
    }
  });

  it("do nothing on a dry run, whatever the object waits for", async () => {
    const before = await create("a", ["example.com/x"]);
    const dry = (await api("DELETE", `${MAPS}/a?dryRun=All`)).json<ConfigMap>();
    expect(dry.metadata.deletionTimestamp).toBeDefined();
    expect(await plane.client.get(ConfigMap, at("a"))).toEqual(before);
    const collection = (await api("DELETE", `${MAPS}?dryRun=All`)).json<{ items: ConfigMap[] }>();
    expect(collection.items.map((item) => item.metadata.name)).toEqual(["a"]);
    expect(await plane.client.get(ConfigMap, at("a"))).toEqual(before);
  });
});

describe("finalizers of the garbage collector", () => {
  it("are the kind's default when nobody says, and count a generation", async () => {
    await api("POST", KEEPERS, { metadata: at("a") });
    const waiting = (await api("DELETE", `${KEEPERS}/a`)).json<ConfigMap>();
    expect(waiting.metadata).toMatchObject({ finalizers: ["orphan"], generation: 2, deletionGracePeriodSeconds: 0 });
    const changed = (await api("DELETE", `${KEEPERS}/a?propagationPolicy=Background`)).json();
    expect(changed).toMatchObject({ status: "Success", details: { name: "a", group: "test.wherry.io", kind: "keepers" } });
  });

  it("stand as the object has them when nobody says", async () => {
    await api("POST", KEEPERS, { metadata: { ...at("a"), finalizers: ["foregroundDeletion"] } });
    expect((await api("DELETE", `${KEEPERS}/a`)).json<ConfigMap>().metadata.finalizers).toEqual(["foregroundDeletion"]);
  });

  it("are not for events", async () => {
    await api("POST", `${NS}/events`, { metadata: at("e"), involvedObject: { namespace: "default", kind: "Pod", name: "p" } });
    expect((await api("DELETE", `${NS}/events/e?propagationPolicy=Foreground`)).json()).toMatchObject({ status: "Success" });
  });
});

describe("the grace of a pod", () => {
  const clock = () => plane.clock as FakeClock;
  beforeEach(async () => {
    await plane.client.create(Pod, {
      metadata: { ...at("p"), finalizers: ["example.com/x"] },
      spec: { nodeName: "n", containers: [{ name: "c", image: "i" }] },
    });
  });
  const deleted = async (query: string) => (await api("DELETE", `${NS}/pods/p?${query}`)).json<Pod>().metadata;

  it("is not made longer, and what propagates is not changed while it lasts", async () => {
    const first = await deleted("gracePeriodSeconds=20");
    expect(first).toMatchObject({ deletionGracePeriodSeconds: 20, deletionTimestamp: "2026-01-01T00:00:20Z" });
    expect(await deleted("gracePeriodSeconds=20&propagationPolicy=Foreground")).toEqual(first);
    expect(await deleted("propagationPolicy=Foreground")).toEqual(first);
    await clock().advance(3_000);
    expect(await deleted("gracePeriodSeconds=5")).toMatchObject({
      deletionGracePeriodSeconds: 5,
      deletionTimestamp: "2026-01-01T00:00:05Z",
    });
  });

  it("is a second when it is negative", async () => {
    expect((await deleted("gracePeriodSeconds=-1")).deletionGracePeriodSeconds).toBe(1);
  });

  it("ends with the finalizers when it was cut to nothing", async () => {
    await deleted("gracePeriodSeconds=30");
    const cut = await deleted("gracePeriodSeconds=0");
    expect(cut).toMatchObject({ deletionGracePeriodSeconds: 0, finalizers: ["example.com/x"] });
    await plane.client.patch(Pod, at("p"), { type: "merge", body: { metadata: { finalizers: null } } });
    expect((await api("GET", `${NS}/pods/p`)).status).toBe(404);
  });
});

describe("a collection", () => {
  const names = async () => (await plane.client.list(ConfigMap, { namespace: "default" })).items.map((item) => item.metadata.name);

  it("goes by pages, by selectors, by options", async () => {
    for (const name of ["a", "b", "c", "d"]) await create(name);
    const page = (await api("DELETE", `${MAPS}?limit=2`)).json<{ kind: string; items: ConfigMap[]; metadata: { continue?: string } }>();
    expect(page).toMatchObject({ kind: "ConfigMapList" });
    expect(await names()).toEqual(["c", "d"]);
    await api("DELETE", `${MAPS}?fieldSelector=metadata.name%3Dd`, { propagationPolicy: "Orphan" });
    expect((await plane.client.get(ConfigMap, at("d"))).metadata.finalizers).toEqual(["orphan"]);
    expect((await api("DELETE", `${MAPS}?labelSelector=a%20b`)).status).toBe(400);
    expect((await api("DELETE", `${MAPS}?resourceVersionMatch=Exact`)).status).toBe(422);
    expect(await names()).toEqual(["c", "d"]);
  });

  it("is refused as a whole when a precondition does not hold", async () => {
    await create("a");
    expect((await api("DELETE", MAPS, { preconditions: { uid: "x" } })).status).toBe(409);
    expect(await names()).toEqual(["a"]);
  });
});

it("deletes what a PUT may create as anything else", async () => {
  await api("PUT", "/apis/coordination.k8s.io/v1/namespaces/default/leases/l", { metadata: at("l"), spec: {} });
  await plane.client.delete(Lease, at("l"));
});
