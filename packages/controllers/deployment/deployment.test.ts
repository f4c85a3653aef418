import { Deployment, Event, kinds, Pod, ReplicaSet } from "@wherry/api";
import { FakeClock } from "@wherry/base";
import { deployment, podTemplate } from "@wherry/testkit/builders/index.ts";
import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import { hollowKubelet } from "@wherry/testkit/hollow-kubelet.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { garbageCollector } from "../garbage-collector/index.ts";
import { replicaSetController } from "../replicaset/index.ts";
import { deploymentController } from "./index.ts";

const web = { name: "web", namespace: "default" };
const REVISION = "deployment.kubernetes.io/revision";

let clock: FakeClock;
let plane: ControlPlane;
let broken: Set<string>;
let kubelet: ReturnType<typeof hollowKubelet>;

beforeEach(async () => {
  clock = new FakeClock();
  broken = new Set();
  kubelet = hollowKubelet({ ready: (pod) => !broken.has(pod.spec.containers[0]?.image ?? "") });
  plane = await startControlPlane({
    clock,
    controllers: [deploymentController(), replicaSetController(), garbageCollector(kinds), kubelet],
  });
});
afterEach(() => plane.close());

const get = () => plane.client.get(Deployment, web);
const change = (spec: object) => plane.client.patch(Deployment, web, { type: "merge", body: { spec } });
const setImage = (image: string) => change({ template: podTemplate("web", image) });
const replicaSets = async () => {
  const { items } = await plane.client.list(ReplicaSet, { namespace: "default" });
  const rows = items.map((rs) => [imageOf(rs), rs.spec.replicas ?? 0, rs.metadata.annotations?.[REVISION] ?? ""] as const);
  return rows.sort(([a], [b]) => (a < b ? -1 : 1));
};
const imageOf = (rs: ReplicaSet) => rs.spec.template?.spec.containers[0]?.image ?? "";
const conditions = (d: Deployment) => Object.fromEntries((d.status?.conditions ?? []).map((c) => [c.type, `${c.status} ${c.reason}`]));
const events = async () => (await plane.client.list(Event, { namespace: "default" })).items.map((e) => `${e.reason}: ${e.message}`);

async function rollOut(replicas = 3, spec = {}): Promise<void> {
  await plane.client.create(Deployment, deployment("web", replicas, spec));
  await plane.idle();
}

describe("deployment", () => {
  it("makes a ReplicaSet and its pods, and says so", async () => {
    await rollOut();
    const d = await get();
    expect(d.status).toMatchObject({ observedGeneration: 1, replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3 });
    expect(d.status?.unavailableReplicas).toBeUndefined();
    expect(conditions(d)).toEqual({ Available: "True MinimumReplicasAvailable", Progressing: "True NewReplicaSetAvailable" });
    expect(d.metadata.annotations?.[REVISION]).toBe("1");
    const [rs] = (await plane.client.list(ReplicaSet)).items;
    const hash = rs?.metadata.labels?.["pod-template-hash"];
    expect(rs?.metadata.name).toBe(`web-${hash}`);
    expect(rs?.spec.selector.matchLabels).toEqual({ app: "web", "pod-template-hash": hash });
    const pods = (await plane.client.list(Pod)).items;
    expect(pods.map((p) => p.metadata.labels)).toEqual(Array(3).fill({ app: "web", "pod-template-hash": hash }));
    expect(pods.every((p) => p.metadata.name.startsWith(`web-${hash}-`))).toBe(true);
    expect(await events()).toContain(`ScalingReplicaSet: Scaled up replica set web-${hash} to 3`);
  });

  it("rolls to a new template and back to the old ReplicaSet", async () => {
    await rollOut();
    await setImage("app:v2");
    await plane.idle();
    expect(await replicaSets()).toEqual([
      ["app:v1", 0, "1"],
      ["app:v2", 3, "2"],
    ]);
    await setImage("app:v1");
    await plane.idle();
    expect(await replicaSets()).toEqual([
      ["app:v1", 3, "3"],
      ["app:v2", 0, "2"],
    ]);
    const old = (await plane.client.list(ReplicaSet)).items.find((rs) => imageOf(rs) === "app:v1");
    expect(old?.metadata.annotations).toMatchObject({ "deployment.kubernetes.io/revision-history": "1" });
    expect((await get()).metadata.annotations?.[REVISION]).toBe("3");
    expect((await plane.client.list(Pod)).items).toHaveLength(3);
  });

  it("keeps the change cause of every revision", async () => {
    const annotations = (cause: string) => ({ metadata: { annotations: { "kubernetes.io/change-cause": cause } } });
    await plane.client.create(Deployment, { ...deployment("web"), metadata: { ...web, ...annotations("first").metadata } });
    await plane.idle();
    const body = { ...annotations("second"), spec: { template: podTemplate("web", "app:v2") } };
    await plane.client.patch(Deployment, web, { type: "merge", body });
    await plane.idle();
    const { items } = await plane.client.list(ReplicaSet);
    const causes = items.map((rs) => [imageOf(rs), rs.metadata.annotations?.["kubernetes.io/change-cause"]]);
    expect(Object.fromEntries(causes)).toEqual({ "app:v1": "first", "app:v2": "second" });
  });

  it("stops at an image that never becomes ready, and tells when the deadline is over", async () => {
    await rollOut(4, { progressDeadlineSeconds: 60 });
    broken.add("app:bad");
    await setImage("app:bad");
    await plane.idle();
    expect(await replicaSets()).toEqual([
      ["app:bad", 2, "2"],
      ["app:v1", 3, "1"],
    ]);
    expect(conditions(await get())).toMatchObject({ Available: "True MinimumReplicasAvailable", Progressing: "True ReplicaSetUpdated" });
    await clock.advance(62_000);
    await plane.idle();
    const d = await get();
    expect(conditions(d).Progressing).toBe("False ProgressDeadlineExceeded");
    expect(d.status?.conditions?.find((c) => c.type === "Progressing")?.message).toMatch(
      /^ReplicaSet "web-[^"]+" has timed out progressing\.$/,
    );
    await setImage("app:v1");
    await plane.idle();
    expect(await replicaSets()).toEqual([
      ["app:bad", 0, "2"],
      ["app:v1", 4, "3"],
    ]);
    expect(conditions(await get()).Progressing).toBe("True NewReplicaSetAvailable");
  });

  it("recreates: no new pod before the last old one is gone", async () => {
    await rollOut(2, { strategy: { type: "Recreate" } });
    let most = 0;
    plane.informers.informer(Pod).on({ added: () => (most = Math.max(most, plane.informers.lister(Pod).list().length)) });
    await setImage("app:v2");
    await plane.idle();
    expect(await replicaSets()).toEqual([
      ["app:v1", 0, "1"],
      ["app:v2", 2, "2"],
    ]);
    expect(most).toBe(2);
  });

  it("scales both ReplicaSets in proportion in the middle of a rollout", async () => {
    await rollOut(10, { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } });
    broken.add("app:bad");
    await setImage("app:bad");
    await plane.idle();
    expect(await replicaSets()).toEqual([
      ["app:bad", 5, "2"],
      ["app:v1", 8, "1"],
    ]);
    await change({ replicas: 15 });
    await plane.idle();
    expect(await replicaSets()).toEqual([
      ["app:bad", 7, "2"],
      ["app:v1", 11, "1"],
    ]);
  });

  it("waits while paused, but scales, and goes on when resumed", async () => {
    await rollOut();
    await change({ paused: true });
    await setImage("app:v2");
    await change({ replicas: 5 });
    await plane.idle();
    expect(await replicaSets()).toEqual([["app:v1", 5, "1"]]);
    expect(conditions(await get()).Progressing).toBe("Unknown DeploymentPaused");
    await change({ paused: false });
    await plane.idle();
    expect(await replicaSets()).toEqual([
      ["app:v1", 0, "1"],
      ["app:v2", 5, "2"],
    ]);
    expect(conditions(await get()).Progressing).toBe("True NewReplicaSetAvailable");
  });

  it("keeps as much history as asked for", async () => {
    await rollOut(1, { revisionHistoryLimit: 1 });
    for (const image of ["app:v2", "app:v3", "app:v4"]) {
      await setImage(image);
      await plane.idle();
    }
    expect(await replicaSets()).toEqual([
      ["app:v3", 0, "3"],
      ["app:v4", 1, "4"],
    ]);
  });

  it("counts a pod as available only after minReadySeconds", async () => {
    await rollOut(2, { minReadySeconds: 10 });
    expect((await get()).status).toMatchObject({ readyReplicas: 2, unavailableReplicas: 2 });
    expect(conditions(await get()).Available).toBe("False MinimumReplicasUnavailable");
    await clock.advance(10_000);
    await plane.idle();
    expect((await get()).status).toMatchObject({ availableReplicas: 2 });
    expect(conditions(await get())).toEqual({ Available: "True MinimumReplicasAvailable", Progressing: "True NewReplicaSetAvailable" });
  });

  it("replaces a pod that is deleted, and takes everything along when it goes", async () => {
    await rollOut();
    const [pod] = (await plane.client.list(Pod)).items;
    await plane.client.delete(Pod, { name: pod?.metadata.name ?? "", namespace: "default" });
    await plane.idle();
    const pods = (await plane.client.list(Pod)).items;
    expect(pods).toHaveLength(3);
    expect(pods.map((p) => p.metadata.uid)).not.toContain(pod?.metadata.uid);
    await plane.client.delete(Deployment, web);
    await plane.idle();
    expect((await plane.client.list(ReplicaSet)).items).toEqual([]);
    expect((await plane.client.list(Pod)).items).toEqual([]);
  });

  it("chooses another name when a foreign ReplicaSet has the one it wants", async () => {
    await rollOut(1);
    const [rs] = (await plane.client.list(ReplicaSet)).items;
    await plane.client.delete(Deployment, web, { propagationPolicy: "Orphan" });
    await plane.idle();
    const orphan = await plane.client.get(ReplicaSet, { name: rs?.metadata.name ?? "", namespace: "default" });
    expect(orphan.metadata.ownerReferences ?? []).toEqual([]);
    await plane.client.update(ReplicaSet, { ...orphan, metadata: { ...orphan.metadata, labels: { app: "other" } } });
    await plane.idle();
    await rollOut(1);
    expect((await get()).status).toMatchObject({ collisionCount: 1, availableReplicas: 1 });
    expect((await plane.client.list(ReplicaSet)).items).toHaveLength(2);
  });

  it("adopts a ReplicaSet that matches", async () => {
    await rollOut(1);
    await plane.client.delete(Deployment, web, { propagationPolicy: "Orphan" });
    await plane.idle();
    await rollOut(2);
    expect(await replicaSets()).toEqual([["app:v1", 2, "1"]]);
  });
});
