import { ControllerRevision, DaemonSet, type DaemonSetSpec, Event, kinds, Node, Pod } from "@wherry/api";
import { FakeClock } from "@wherry/base";
import { node, podTemplate } from "@wherry/testkit/builders/index.ts";
import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import { hollowKubelet } from "@wherry/testkit/hollow-kubelet.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { garbageCollector } from "../garbage-collector/index.ts";
import { daemonSetController } from "./index.ts";

const web = { name: "web", namespace: "default" };
let clock: FakeClock;
let plane: ControlPlane;
let broken: Set<string>;

beforeEach(async () => {
  clock = new FakeClock();
  broken = new Set();
  const ready = (pod: Pod) => !broken.has(pod.spec.containers[0]?.image ?? "");
  plane = await startControlPlane({ clock, controllers: [daemonSetController(), garbageCollector(kinds), hollowKubelet({ ready })] });
  for (const name of ["n1", "n2"]) await plane.client.create(Node, node(name));
});
afterEach(() => plane.close());

const create = async (spec: Partial<DaemonSetSpec> = {}) => {
  const object = { metadata: web, spec: { selector: { matchLabels: { app: "web" } }, template: podTemplate("web"), ...spec } };
  await plane.client.create(DaemonSet, object);
  await plane.idle();
};
const change = async (spec: object) => {
  await plane.client.patch(DaemonSet, web, { type: "merge", body: { spec } });
  await plane.idle();
};
const get = () => plane.client.get(DaemonSet, web);
const pods = async () => (await plane.client.list(Pod)).items;
const where = async () => (await pods()).map((p) => `${p.spec.nodeName} ${p.spec.containers[0]?.image}`).sort();
const revisions = async () =>
  (await plane.client.list(ControllerRevision)).items.map((r) => [r.revision, imageOf(r)]).sort(([a], [b]) => Number(a) - Number(b));
const imageOf = (r: ControllerRevision) => JSON.stringify(r.data).match(/app:v\d/)?.[0];
const events = async () => (await plane.client.list(Event)).items.map((e) => `${e.reason}: ${e.message}`);

describe("daemonset", () => {
  it("puts a pod on every node, a new one included, and says so", async () => {
    await create();
    expect(await where()).toEqual(["n1 app:v1", "n2 app:v1"]);
    await plane.client.create(Node, node("n3"));
    await plane.idle();
    expect(await where()).toEqual(["n1 app:v1", "n2 app:v1", "n3 app:v1"]);
    expect((await get()).status).toEqual({
      observedGeneration: 1,
      desiredNumberScheduled: 3,
      currentNumberScheduled: 3,
      updatedNumberScheduled: 3,
      numberReady: 3,
      numberAvailable: 3,
      numberMisscheduled: 0,
    });
    expect(await events()).toEqual(expect.arrayContaining((await pods()).map((p) => `SuccessfulCreate: Created pod: ${p.metadata.name}`)));
    const [revision] = (await plane.client.list(ControllerRevision)).items;
    expect(revision?.metadata.name).toBe(`web-${revision?.metadata.labels?.["controller-revision-hash"]}`);
    expect(revision?.data).toMatchObject({ spec: { template: { $patch: "replace" } } });
  });

  it("follows the labels of nodes", async () => {
    await create({ template: { ...podTemplate("web"), spec: { ...podTemplate("web").spec, nodeSelector: { disk: "ssd" } } } });
    expect(await where()).toEqual([]);
    const label = (value: string | null) => ({ type: "merge", body: { metadata: { labels: { disk: value } } } }) as const;
    await plane.client.patch(Node, { name: "n2" }, label("ssd"));
    await plane.idle();
    expect(await where()).toEqual(["n2 app:v1"]);
    await plane.client.patch(Node, { name: "n2" }, label(null));
    await plane.idle();
    expect(await where()).toEqual([]);
    expect((await get()).status).toMatchObject({ desiredNumberScheduled: 0, numberMisscheduled: 0 });
  });

  it("rolls out, keeps history, and goes back to an old revision under a new number", async () => {
    await create({ revisionHistoryLimit: 1 });
    await change({ template: podTemplate("web", "app:v2") });
    expect(await where()).toEqual(["n1 app:v2", "n2 app:v2"]);
    expect(await revisions()).toEqual([
      [1, "app:v1"],
      [2, "app:v2"],
    ]);
    await change({ template: podTemplate("web", "app:v1") });
    expect(await revisions()).toEqual([
      [2, "app:v2"],
      [3, "app:v1"],
    ]);
    await change({ template: podTemplate("web", "app:v3") });
    expect(await revisions()).toEqual([
      [3, "app:v1"],
      [4, "app:v3"],
    ]);
    expect((await get()).status).toMatchObject({ observedGeneration: 4, updatedNumberScheduled: 2, numberAvailable: 2 });
  });

  it("stops at an image that never becomes ready", async () => {
    await create();
    broken.add("app:v2");
    await change({ template: podTemplate("web", "app:v2") });
    expect((await where()).map((w) => w.slice(3)).sort()).toEqual(["app:v1", "app:v2"]);
    expect((await get()).status).toMatchObject({ updatedNumberScheduled: 1, numberAvailable: 1, numberUnavailable: 1 });
  });

  it("leaves pods alone until they are deleted, when asked to", async () => {
    await create({ updateStrategy: { type: "OnDelete" } });
    await change({ template: podTemplate("web", "app:v2") });
    expect(await where()).toEqual(["n1 app:v1", "n2 app:v1"]);
    const first = (await pods()).find((p) => p.spec.nodeName === "n1");
    await plane.client.delete(Pod, { name: first?.metadata.name ?? "", namespace: "default" });
    await plane.idle();
    expect(await where()).toEqual(["n1 app:v2", "n2 app:v1"]);
  });

  it("replaces a failed pod, the second time after a while", async () => {
    await create();
    const fail = async () => {
      const pod = (await pods()).find((p) => p.spec.nodeName === "n1") as Pod;
      await plane.client.update(Pod, { ...pod, status: { ...pod.status, phase: "Failed" } }, { subresource: "status" });
      await plane.idle();
      return (await pods()).some((p) => p.metadata.uid === pod.metadata.uid);
    };
    expect(await fail()).toBe(false);
    expect(await events()).toContainEqual(
      expect.stringMatching(/^FailedDaemonPod: Found failed daemon pod default\/web-\w+ on node n1, will try to kill it$/),
    );
    expect(await fail()).toBe(true);
    await clock.advance(1000);
    await plane.idle();
    expect((await pods()).map((p) => p.status?.phase)).toEqual(["Running", "Running"]);
  });

  it("chooses another name when a foreign revision has the one it wants", async () => {
    await create();
    const [own] = (await plane.client.list(ControllerRevision)).items;
    const name = own?.metadata.name ?? "";
    await plane.client.delete(DaemonSet, web);
    await plane.idle();
    await plane.client.create(ControllerRevision, { metadata: { name, namespace: "default" }, data: { other: true }, revision: 1 });
    await create();
    expect((await get()).status).toMatchObject({ collisionCount: 1, numberAvailable: 2 });
    expect((await plane.client.list(ControllerRevision)).items).toHaveLength(2);
  });
});
