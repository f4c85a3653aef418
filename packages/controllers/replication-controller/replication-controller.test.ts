import { Event, Pod, ReplicaSet, ReplicationController } from "@wherry/api";
import { FakeClock } from "@wherry/base";
import { pod, podTemplate, replicaSet, replicationController } from "@wherry/testkit/builders/index.ts";
import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import { hollowKubelet } from "@wherry/testkit/hollow-kubelet.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { meta } from "../fixtures.ts";
import { garbageCollector } from "../garbage-collector/index.ts";
import { replicaSetController } from "../replicaset/index.ts";
import { asReplicaSet, replicationControllerController } from "./index.ts";

const web = { name: "web", namespace: "default" };

describe("seen as a ReplicaSet", () => {
  const seen = (more: Partial<ReplicationController>) =>
    asReplicaSet({ apiVersion: "v1", kind: "ReplicationController", metadata: meta("web"), spec: {}, ...more });
  it.each<[string, Partial<ReplicationController>, object]>([
    ["its selector is one of equalities", { spec: { selector: { app: "web" } } }, { spec: { selector: { matchLabels: { app: "web" } } } }],
    [
      "it wants the same pods",
      { spec: { replicas: 2, minReadySeconds: 5, selector: { a: "b" }, template: podTemplate("web") } },
      { spec: { replicas: 2, minReadySeconds: 5, template: podTemplate("web") } },
    ],
    ["it has the same status", { status: { replicas: 3, readyReplicas: 1 } }, { status: { replicas: 3, readyReplicas: 1 } }],
  ])("%s", (_, controller, expected) => expect(seen(controller)).toMatchObject(expected));

  it("it keeps its identity", () => {
    const metadata = meta("web", { generation: 7 });
    expect(seen({ metadata }).metadata).toEqual(metadata);
  });
});

describe("a replication controller", () => {
  let clock: FakeClock;
  let plane: ControlPlane;

  beforeEach(async () => {
    clock = new FakeClock();
    const kinds = [Pod, ReplicaSet, ReplicationController];
    const controllers = [replicationControllerController(), replicaSetController(), hollowKubelet(), garbageCollector(kinds)];
    plane = await startControlPlane({ clock, controllers });
  });
  afterEach(() => plane.close());

  const pods = async () => (await plane.client.list(Pod, { namespace: "default" })).items;
  const status = async () => (await plane.client.get(ReplicationController, web)).status;
  const scale = (replicas: number) => plane.client.patch(ReplicationController, web, { type: "merge", body: { spec: { replicas } } });
  const ownersOf = async (name: string) => (await plane.client.get(Pod, { name, namespace: "default" })).metadata.ownerReferences ?? [];

  it("makes pods, deletes what is too much, counts, and says what it does in its own name", async () => {
    await plane.client.create(ReplicationController, replicationController("web", 3));
    await plane.idle();
    const { metadata } = await plane.client.get(ReplicationController, web);
    const reference = { apiVersion: "v1", kind: "ReplicationController", name: "web", uid: metadata.uid, controller: true };
    for (const made of await pods()) expect(made.metadata.ownerReferences).toMatchObject([reference]);
    expect(await status()).toEqual({
      replicas: 3,
      fullyLabeledReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      observedGeneration: 1,
    });
    await scale(1);
    await plane.idle();
    expect(await pods()).toHaveLength(1);
    expect(await status()).toMatchObject({ replicas: 1, observedGeneration: 2 });
    const { items } = await plane.client.list(Event, { namespace: "default", fieldSelector: "involvedObject.kind=ReplicationController" });
    expect(items.map((e) => [e.source?.component, e.reason, e.message?.replace(/web-\w+$/, "NAME")])).toEqual(
      expect.arrayContaining([
        ["replication-controller", "SuccessfulCreate", "Created pod: NAME"],
        ["replication-controller", "SuccessfulDelete", "Deleted pod: NAME"],
      ]),
    );
    expect(new Set(items.map((e) => e.reason))).toEqual(new Set(["SuccessfulCreate", "SuccessfulDelete"]));
  });

  it("adopts a matching pod of nobody, and lets go of one that no longer matches", async () => {
    await plane.client.create(Pod, pod("lonely", { labels: { app: "web" } }));
    await plane.client.create(ReplicationController, replicationController("web", 2));
    await plane.idle();
    expect(await ownersOf("lonely")).toMatchObject([{ kind: "ReplicationController", name: "web" }]);
    expect(await pods()).toHaveLength(2);
    const relabel = { type: "merge", body: { metadata: { labels: { app: "debug" } } } } as const;
    await plane.client.patch(Pod, { name: "lonely", namespace: "default" }, relabel);
    await plane.idle();
    expect(await ownersOf("lonely")).toEqual([]);
    expect(await pods()).toHaveLength(3);
  });

  it("takes nothing from a ReplicaSet of the same name and labels", async () => {
    await plane.client.create(ReplicaSet, replicaSet("web", 2));
    await plane.idle();
    await plane.client.create(ReplicationController, replicationController("web", 1));
    await plane.idle();
    const kinds = (await pods()).map((p) => p.metadata.ownerReferences?.[0]?.kind).toSorted();
    expect(kinds).toEqual(["ReplicaSet", "ReplicaSet", "ReplicationController"]);
    await scale(0);
    await plane.idle();
    expect(await pods()).toHaveLength(2);
    expect(await status()).toEqual({ replicas: 0, observedGeneration: 2 });
  });

  it("deletes the dearest pod last", async () => {
    await plane.client.create(ReplicationController, replicationController("web", 3));
    await plane.idle();
    const [kept] = await pods();
    if (!kept) throw new Error("there is no pod");
    const body = { metadata: { annotations: { "controller.kubernetes.io/pod-deletion-cost": "100" } } };
    await plane.client.patch(Pod, { name: kept.metadata.name, namespace: "default" }, { type: "merge", body });
    await scale(1);
    await plane.idle();
    expect((await pods()).map((p) => p.metadata.name)).toEqual([kept.metadata.name]);
  });

  it("counts a pod as available only after minReadySeconds", async () => {
    await plane.client.create(ReplicationController, replicationController("web", 1, { minReadySeconds: 30 }));
    await plane.idle();
    expect(await status()).toMatchObject({ readyReplicas: 1 });
    expect((await status())?.availableReplicas).toBeUndefined();
    await clock.advance(31_000);
    await plane.idle();
    expect(await status()).toMatchObject({ availableReplicas: 1 });
  });

  it("leaves its pods behind when it is deleted, unless asked to take them along", async () => {
    await plane.client.create(ReplicationController, replicationController("web", 2));
    await plane.idle();
    await plane.client.delete(ReplicationController, web);
    await plane.idle();
    expect((await pods()).map((p) => p.metadata.ownerReferences ?? [])).toEqual([[], []]);
    await plane.client.create(ReplicationController, replicationController("web", 2));
    await plane.idle();
    expect(await pods()).toHaveLength(2);
    await plane.client.delete(ReplicationController, web, { propagationPolicy: "Background" });
    await plane.idle();
    expect(await pods()).toEqual([]);
  });
});
