import { Event, Namespace, Node, type NodeSpec, PersistentVolumeClaim, Pod, type PodSpec, PriorityClass, StorageClass } from "@wherry/api";
import { FakeClock, silentLogger } from "@wherry/base";
import { createClient } from "@wherry/client";
import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import { FlakyTransport } from "@wherry/testkit/flaky-transport.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RunningScheduler, runScheduler } from "./run-scheduler.ts";

const NO_VICTIMS = "preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.";
const NOT_HELPFUL = "preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.";

let plane: ControlPlane;
let clock: FakeClock;
let stop: AbortController;
let link: FlakyTransport;
let scheduler: RunningScheduler;

beforeEach(async () => {
  plane = await startControlPlane();
  clock = new FakeClock();
  stop = new AbortController();
  link = new FlakyTransport(plane.server.transport({ name: "system:kube-scheduler", groups: ["system:masters"] }));
  await plane.client.create(Namespace, { metadata: { name: "ns" }, spec: {} });
  scheduler = await runScheduler({ client: createClient(link), clock, log: silentLogger, signal: stop.signal, random: () => 0 });
});
afterEach(async () => {
  stop.abort(new Error("the test is over"));
  await plane.close();
});

interface NodeOptions {
  spec?: NodeSpec;
  labels?: Record<string, string>;
  allocatable?: Record<string, string>;
}

async function addNode(name: string, { spec = {}, labels = {}, allocatable = {} }: NodeOptions = {}): Promise<void> {
  const node = await plane.client.create(Node, { metadata: { name, labels }, spec });
  const status = { allocatable: { cpu: "2", memory: "4Gi", pods: "110", ...allocatable } };
  await plane.client.update(Node, { ...node, status }, { subresource: "status" });
}

const addPod = (name: string, cpu: string, spec: Partial<PodSpec> = {}) =>
  plane.client.create(Pod, {
    metadata: { name, namespace: "ns" },
    spec: { containers: [{ name: "c", image: "x", resources: { requests: { cpu } } }], ...spec },
  });

/** Resolves when the pod is as wanted. */
function until(name: string, wanted: (pod: Pod) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (pod: Pod) => pod.metadata.name === name && wanted(pod) && resolve();
    plane.informers.informer(Pod).on({ added: look, updated: look });
  });
}

const getPod = (name: string) => plane.client.get(Pod, { name, namespace: "ns" });
const nodeOf = async (name: string) => (await getPod(name)).spec?.nodeName;
const removePod = (name: string) => plane.client.delete(Pod, { name, namespace: "ns" }, { gracePeriodSeconds: 0 });
const condition = async (name: string) => (await getPod(name)).status?.conditions?.find((c) => c.type === "PodScheduled");
const told = async (name: string) =>
  (await plane.client.list(Event, { namespace: "ns", fieldSelector: `involvedObject.name=${name}` })).items.map(
    (e) => `${e.type} ${e.reason} ${e.message} (${e.source?.component})`,
  );

describe("the scheduler on a real API server", () => {
  it("binds a pod, and says so", async () => {
    await addNode("n1");
    await addPod("web", "1");
    await scheduler.idle();
    expect(await nodeOf("web")).toBe("n1");
    expect(await condition("web")).toMatchObject({ status: "True" });
    expect(await told("web")).toEqual(["Normal Scheduled Successfully assigned ns/web to n1 (default-scheduler)"]);
  });

  it.each<[string, NodeOptions | undefined, Partial<PodSpec>, string]>([
    ["no node", undefined, {}, "no nodes available to schedule pods"],
    ["no cpu", { allocatable: { cpu: "100m" } }, {}, `0/1 nodes are available: 1 Insufficient cpu. ${NO_VICTIMS}`],
    ["no room", { allocatable: { pods: "0" } }, {}, `0/1 nodes are available: 1 Too many pods. ${NO_VICTIMS}`],
    ["a cordoned node", { spec: { unschedulable: true } }, {}, `0/1 nodes are available: 1 node(s) were unschedulable. ${NOT_HELPFUL}`],
    [
      "a taint",
      { spec: { taints: [{ key: "k", value: "v", effect: "NoSchedule" }] } },
      {},
      `0/1 nodes are available: 1 node(s) had untolerated taint {k: v}. ${NOT_HELPFUL}`,
    ],
    [
      "another label",
      { labels: { disk: "hdd" } },
      { nodeSelector: { disk: "ssd" } },
      `0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. ${NOT_HELPFUL}`,
    ],
  ])("says why a pod stays pending: %s", async (_, node, spec, message) => {
    if (node) await addNode("n1", node);
    await scheduler.idle();
    await addPod("web", "1", spec);
    await scheduler.idle();
    expect(await nodeOf("web")).toBeUndefined();
    expect(await condition("web")).toMatchObject({ status: "False", reason: "Unschedulable", message });
    expect(await told("web")).toEqual([`Warning FailedScheduling ${message} (default-scheduler)`]);
  });

  it("says when a port of the host is taken", async () => {
    await addNode("n1");
    const ports = { containers: [{ name: "c", image: "x", ports: [{ containerPort: 80, hostPort: 80 }] }] };
    await addPod("first", "0", ports);
    await scheduler.idle();
    await addPod("second", "0", ports);
    await scheduler.idle();
    const message = `0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports. ${NO_VICTIMS}`;
    expect(await condition("second")).toMatchObject({ status: "False", message });
    await removePod("first");
    await scheduler.idle();
    expect(await nodeOf("second")).toBe("n1");
  });

  it("says why a pod still stays pending when the reason becomes another", async () => {
    await addNode("n1", { spec: { unschedulable: true } });
    await addPod("web", "1");
    await scheduler.idle();
    const taints = [{ key: "k", value: "v", effect: "NoSchedule" }];
    await plane.client.patch(Node, { name: "n1" }, { type: "merge", body: { spec: { unschedulable: false, taints } } });
    await scheduler.idle();
    expect(await condition("web")).toMatchObject({
      message: `0/1 nodes are available: 1 node(s) had untolerated taint {k: v}. ${NOT_HELPFUL}`,
    });
    await plane.client.patch(Node, { name: "n1" }, { type: "merge", body: { spec: { taints: null } } });
    await scheduler.idle();
    expect(await nodeOf("web")).toBe("n1");
  });

  it("binds a pending pod as soon as what it needs appears, without any timer", async () => {
    await addNode("n1", { spec: { unschedulable: true } });
    await addPod("a", "1500m");
    await scheduler.idle();
    await addPod("b", "1500m", { nodeSelector: { disk: "ssd" } });
    await scheduler.idle();
    await plane.client.patch(Node, { name: "n1" }, { type: "merge", body: { spec: { unschedulable: false } } });
    await scheduler.idle();
    expect(await nodeOf("a")).toBe("n1");
    await plane.client.patch(Node, { name: "n1" }, { type: "merge", body: { metadata: { labels: { disk: "ssd" } } } });
    await scheduler.idle();
    expect(await nodeOf("b")).toBeUndefined();
    await removePod("a");
    await scheduler.idle();
    expect(await nodeOf("b")).toBe("n1");
    expect(clock.pending).toBe(0);
  });

  it("binds the next of equal pods when the first, which it waited behind, goes", async () => {
    for (const name of ["first", "next"]) await addPod(name, "2");
    await scheduler.idle();
    await addNode("n1", { spec: { unschedulable: true } });
    await scheduler.idle();
    await plane.client.patch(Node, { name: "n1" }, { type: "merge", body: { spec: { unschedulable: false } } });
    await scheduler.idle();
    expect([await nodeOf("first"), await nodeOf("next")]).toEqual(["n1", undefined]);
    await removePod("first");
    await scheduler.idle();
    expect(await nodeOf("next")).toBe("n1");
  });

  it("binds a pod as soon as the company that it needs is there, and keeps others away as long as they must be", async () => {
    await addNode("n1", { labels: { zone: "a" } });
    const required = (app: string) => ({
      requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "zone", labelSelector: { matchLabels: { app } } }],
    });
    await addPod("client", "1m", { affinity: { podAffinity: required("db") } });
    await scheduler.idle();
    expect(await condition("client")).toMatchObject({
      message: expect.stringContaining("0/1 nodes are available: 1 node(s) didn't match pod affinity rules."),
    });
    const spec = { containers: [{ name: "c", image: "x" }], affinity: { podAntiAffinity: required("db") } };
    for (const name of ["db-0", "db-1"])
      await plane.client.create(Pod, { metadata: { name, namespace: "ns", labels: { app: "db" } }, spec });
    await scheduler.idle();
    expect([await nodeOf("db-0"), await nodeOf("client"), await nodeOf("db-1")]).toEqual(["n1", "n1", undefined]);
    await removePod("db-0");
    await scheduler.idle();
    expect(await nodeOf("db-1")).toBe("n1");
    await removePod("db-1");
    await removePod("client");
  });

  it("offers a place again that the pod it was meant for did not take", async () => {
    const closed = { spec: { unschedulable: true } };
    await addNode("small", { ...closed, allocatable: { cpu: "1" } });
    await addNode("large", { ...closed, allocatable: { cpu: "3" } });
    for (const [name, cpu] of Object.entries({ first: "1", big: "3", last: "1" })) await addPod(name, cpu);
    await scheduler.idle();
    // Both nodes open at the same moment: the first pod is woken by the small one, and takes the large one.
    link.cut();
    link.refuse((request) => request.method === "GET");
    for (const name of ["small", "large"])
      await plane.client.patch(Node, { name }, { type: "merge", body: { spec: { unschedulable: null } } });
    link.heal();
    await clock.advance(10_000);
    await scheduler.idle();
    expect(await nodeOf("first")).toBe("large");
    expect(await nodeOf("big")).toBeUndefined();
    expect(await nodeOf("last")).toBeDefined();
  });

  it("counts a pod that ended as gone", async () => {
    await addNode("n1");
    await addPod("job", "2");
    await scheduler.idle();
    await addPod("next", "2");
    await scheduler.idle();
    expect(await nodeOf("next")).toBeUndefined();
    const job = await getPod("job");
    await plane.client.update(Pod, { ...job, status: { ...job.status, phase: "Succeeded" } }, { subresource: "status" });
    await scheduler.idle();
    expect(await nodeOf("next")).toBe("n1");
  });

  it("lets priority go first, then age", async () => {
    await addNode("n1", { spec: { unschedulable: true } });
    const priorities = { old: 1, important: 10, young: 1, low: 0 };
    for (const value of new Set(Object.values(priorities)))
      await plane.client.create(PriorityClass, { metadata: { name: `class-${value}` }, value });
    for (const [name, priority] of Object.entries(priorities)) await addPod(name, "1", { priorityClassName: `class-${priority}` });
    await scheduler.idle();
    await plane.client.patch(Node, { name: "n1" }, { type: "merge", body: { spec: { unschedulable: false } } });
    await scheduler.idle();
    const nodes = await Promise.all(Object.keys(priorities).map(async (name) => [name, await nodeOf(name)]));
    expect(Object.fromEntries(nodes)).toEqual({ old: "n1", important: "n1", young: undefined, low: undefined });
  });

  it("spreads pods over nodes", async () => {
    await addNode("n1");
    await addNode("n2");
    for (const name of ["a", "b", "c", "d"]) await addPod(name, "100m");
    await scheduler.idle();
    const nodes = await Promise.all(["a", "b", "c", "d"].map(nodeOf));
    expect(nodes.sort()).toEqual(["n1", "n1", "n2", "n2"]);
  });

  it("leaves pods alone that name another scheduler, wait at a gate, or are being deleted", async () => {
    await addNode("n1");
    await addPod("foreign", "1", { schedulerName: "other" });
    await addPod("gated", "1", { schedulingGates: [{ name: "example.com/wait" }] });
    await scheduler.idle();
    expect(await nodeOf("foreign")).toBeUndefined();
    expect(await nodeOf("gated")).toBeUndefined();
    await plane.client.patch(Pod, { name: "gated", namespace: "ns" }, { type: "merge", body: { spec: { schedulingGates: null } } });
    await scheduler.idle();
    expect(await nodeOf("gated")).toBe("n1");
    expect(await nodeOf("foreign")).toBeUndefined();
  });

  it("backs off when binding fails, and tries again", async () => {
    await addNode("n1");
    await scheduler.idle();
    link.refuse((request) => request.path.endsWith("/binding"));
    await addPod("web", "1");
    await scheduler.idle();
    expect(await nodeOf("web")).toBeUndefined();
    expect(await condition("web")).toMatchObject({ status: "False", reason: "SchedulerError", message: "the link is down" });
    link.heal();
    await clock.advance(1000);
    await scheduler.idle();
    expect(await nodeOf("web")).toBe("n1");
    expect(await condition("web")).toMatchObject({ status: "True" });
  });

  it("does not give a place away while it is not known whether the binding happened", async () => {
    await addNode("n1");
    await scheduler.idle();
    link.hang((request) => request.path.endsWith("/binding"));
    await addPod("web", "2");
    await addPod("rival", "2");
    await until("rival", (pod) => pod.status?.conditions?.some((c) => c.message?.includes("Insufficient cpu")) ?? false);
    // The binding happens, but neither its answer nor its event comes through.
    const target = { apiVersion: "v1", kind: "Node", name: "n1" };
    await plane.client.post(Pod, { name: "web", namespace: "ns" }, "binding", { apiVersion: "v1", kind: "Binding", metadata: {}, target });
    link.cut();
    link.heal();
    link.refuse((request) => request.method === "GET");
    await clock.advance(0);
    await link.settled();
    expect(await nodeOf("rival")).toBeUndefined();
    link.heal();
    await clock.advance(10_000);
    await scheduler.idle();
    expect([await nodeOf("web"), await nodeOf("rival")]).toEqual(["n1", undefined]);
  });

  it("counts what was there before it started", async () => {
    await addNode("n1");
    await addPod("old", "1500m");
    await scheduler.idle();
    stop.abort(new Error("restart"));
    stop = new AbortController();
    await addPod("new", "1500m");
    scheduler = await runScheduler({ client: plane.client, clock, log: silentLogger, signal: stop.signal });
    await scheduler.idle();
    expect(await nodeOf("old")).toBe("n1");
    expect(await condition("new")).toMatchObject({ message: `0/1 nodes are available: 1 Insufficient cpu. ${NO_VICTIMS}` });
  });

  it("chooses the node for a claim that waits for its pod, and binds the pod when the claim is bound", async () => {
    await addNode("n1");
    const volumes = [{ name: "data", persistentVolumeClaim: { claimName: "data" } }];
    await addPod("web", "1", { volumes });
    await scheduler.idle();
    expect(await condition("web")).toMatchObject({
      message: `0/1 nodes are available: persistentvolumeclaim "data" not found. ${NOT_HELPFUL}`,
    });
    await plane.client.create(StorageClass, {
      ...{ metadata: { name: "later" }, provisioner: "example.com/p", volumeBindingMode: "WaitForFirstConsumer" },
    });
    await plane.client.create(PersistentVolumeClaim, {
      metadata: { name: "data", namespace: "ns" },
      spec: { storageClassName: "later", accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    });
    await scheduler.idle();
    const of = { name: "data", namespace: "ns" };
    const chosen = await plane.client.get(PersistentVolumeClaim, of);
    expect(chosen.metadata.annotations).toMatchObject({ "volume.kubernetes.io/selected-node": "n1" });
    expect(await nodeOf("web")).toBeUndefined();
    // Whoever makes volumes, and whoever binds them.
    const metadata = { annotations: { "pv.kubernetes.io/bind-completed": "yes" } };
    await plane.client.patch(PersistentVolumeClaim, of, { type: "merge", body: { metadata, spec: { volumeName: "v" } } });
    await until("web", (pod) => pod.spec.nodeName === "n1");
    await scheduler.idle();
    expect(clock.pending).toBe(0);
  });

  describe("with priorities", () => {
    beforeEach(async () => {
      await addNode("n1");
      await plane.client.create(PriorityClass, { metadata: { name: "high" }, value: 10 });
      await plane.client.create(PriorityClass, { metadata: { name: "polite" }, value: 10, preemptionPolicy: "Never" });
    });

    it("drives a pod of less priority away, tells everyone why, and waits until it is gone", async () => {
      await addPod("low", "2");
      await scheduler.idle();
      await addPod("high", "2", { priorityClassName: "high" });
      await scheduler.idle();
      const high = await getPod("high");
      expect(high.status?.nominatedNodeName).toBe("n1");
      expect(await condition("high")).toMatchObject({ reason: "Unschedulable", message: "0/1 nodes are available: 1 Insufficient cpu." });
      const low = await getPod("low");
      expect(low.metadata).toMatchObject({ deletionTimestamp: expect.any(String), deletionGracePeriodSeconds: 30 });
      expect(low.status?.conditions?.find((c) => c.type === "DisruptionTarget")).toMatchObject({
        status: "True",
        reason: "PreemptionByScheduler",
        message: "default-scheduler: preempting to accommodate a higher priority pod",
      });
      expect(await told("low")).toContain(`Normal Preempted Preempted by pod ${high.metadata.uid} on node n1 (default-scheduler)`);
      // The room is not for anyone else of less priority, whatever leaves.
      await addPod("rival", "1");
      await removePod("low");
      await scheduler.idle();
      expect([await nodeOf("high"), await nodeOf("rival")]).toEqual(["n1", undefined]);
      expect(clock.pending).toBeLessThanOrEqual(1);
    });

    it("drives nobody away for a pod that does not want that", async () => {
      await addPod("low", "2");
      await scheduler.idle();
      await addPod("polite", "2", { priorityClassName: "polite" });
      await scheduler.idle();
      const message = "0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible due to preemptionPolicy=Never.";
      expect(await condition("polite")).toMatchObject({ message });
      expect((await getPod("low")).metadata.deletionTimestamp).toBeUndefined();
    });

    it("drives pods away that were there when it started, for a pod that waited then", async () => {
      await addPod("low", "2");
      await scheduler.idle();
      stop.abort(new Error("restart"));
      stop = new AbortController();
      await addPod("high", "2", { priorityClassName: "high" });
      scheduler = await runScheduler({ client: plane.client, clock, log: silentLogger, signal: stop.signal });
      await scheduler.idle();
      await removePod("low");
      await scheduler.idle();
      expect(await nodeOf("high")).toBe("n1");
    });

    it("makes room for as many as ask for it", async () => {
      for (const name of ["low-0", "low-1"]) await addPod(name, "1");
      await scheduler.idle();
      for (const name of ["high-0", "high-1"]) await addPod(name, "1", { priorityClassName: "high" });
      await scheduler.idle();
      for (const name of ["low-0", "low-1"]) await removePod(name);
      await scheduler.idle();
      expect([await nodeOf("high-0"), await nodeOf("high-1")]).toEqual(["n1", "n1"]);
    });

    it("tries again when the pods could not be driven away", async () => {
      await addPod("low", "2");
      await scheduler.idle();
      link.refuse((request) => request.method === "DELETE");
      await addPod("high", "2", { priorityClassName: "high" });
      await scheduler.idle();
      expect((await getPod("low")).metadata.deletionTimestamp).toBeUndefined();
      link.heal();
      await clock.advance(1000);
      await scheduler.idle();
      expect((await getPod("low")).metadata.deletionTimestamp).toBeDefined();
      await removePod("low");
      await scheduler.idle();
      expect(await nodeOf("high")).toBe("n1");
    });
  });
});
