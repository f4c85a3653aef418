import { Event, isNodeReady, isPodReady, Lease, Namespace, Node, Pod } from "@wherry/api";
import { FakeClock, rfc3339Micro } from "@wherry/base";
import { node, pod, readyStatus } from "@wherry/testkit/builders/index.ts";
import { type ControlPlane, startControlPlane } from "@wherry/testkit/control-plane.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeIpamController } from "../node-ipam/index.ts";
import { podGarbageCollector } from "../pod-gc/index.ts";
import { taintEvictionController } from "../taint-eviction/index.ts";
import { nodeLifecycleController } from "./index.ts";

const LEASES = "kube-node-lease";

let clock: FakeClock;
let plane: ControlPlane;

beforeEach(async () => {
  clock = new FakeClock();
  plane = await startControlPlane({
    clock,
    controllers: [nodeLifecycleController(), taintEvictionController(), podGarbageCollector(2), nodeIpamController("10.244.0.0/22")],
  });
  await plane.client.create(Namespace, { metadata: { name: LEASES }, spec: {} }).catch(() => {});
});
afterEach(() => plane.close());

/** A node that reported itself ready, with its lease. */
async function join(name: string): Promise<void> {
  const { status, ...made } = node(name);
  const created = await plane.client.create(Node, { ...made, spec: {} });
  await plane.client.update(Node, { ...created, ...(status && { status }) }, { subresource: "status" });
  const spec = { holderIdentity: name, leaseDurationSeconds: 40, renewTime: rfc3339Micro(clock.now()) };
  await plane.client.create(Lease, { metadata: { name, namespace: LEASES }, spec });
}

async function renew(...names: string[]): Promise<void> {
  const body = { spec: { renewTime: rfc3339Micro(clock.now()) } };
  for (const name of names) await plane.client.patch(Lease, { name, namespace: LEASES }, { type: "merge", body });
  await plane.idle();
}

/** Time passes while these nodes give signs of life. */
async function pass(seconds: number, ...alive: string[]): Promise<void> {
  for (let left = seconds; left > 0; left -= 10) {
    await clock.advance(Math.min(10, left) * 1000);
    await renew(...alive);
  }
}

async function run(name: string, nodeName: string, tolerations = {}): Promise<void> {
  const made = await plane.client.create(Pod, pod(name, { node: nodeName, spec: tolerations }));
  await plane.client.update(Pod, { ...made, status: readyStatus("10.244.0.9", clock.now()) }, { subresource: "status" });
}

const getNode = (name: string) => plane.client.get(Node, { name });
const getPod = (name: string) => plane.client.get(Pod, { name, namespace: "default" });
const taints = async (name: string) => ((await getNode(name)).spec.taints ?? []).map((t) => `${t.key.split("/")[1]}:${t.effect}`).sort();
const events = async () => (await plane.client.list(Event)).items.map((e) => e.message);

describe("a node that falls silent", () => {
  beforeEach(async () => {
    await join("n1");
    await join("n2");
    await plane.idle();
  });

  it("is unknown after 40 s, tainted, and its pods are not ready", async () => {
    await run("web", "n1");
    await pass(39, "n2");
    expect(isNodeReady(await getNode("n1"))).toBe(true);
    await pass(2, "n2");
    const ready = (await getNode("n1")).status?.conditions?.find((c) => c.type === "Ready");
    expect(ready).toMatchObject({ status: "Unknown", reason: "NodeStatusUnknown", message: "Kubelet stopped posting node status." });
    expect(await taints("n1")).toEqual(["unreachable:NoExecute", "unreachable:NoSchedule"]);
    expect(isPodReady(await getPod("web"))).toBe(false);
    expect(await events()).toEqual(expect.arrayContaining(["Node n1 status is now: NodeNotReady", "Node is not ready"]));
    expect(isNodeReady(await getNode("n2"))).toBe(true);
  });

  it("loses its pods when their tolerations end, at once without one", async () => {
    await run("patient", "n1");
    const own = [{ key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute", tolerationSeconds: 20 }];
    await run("hasty", "n1", { tolerations: own });
    await run("eternal", "n1", { tolerations: [{ operator: "Exists" }] });
    await pass(41, "n2");
    expect((await getPod("hasty")).metadata.deletionTimestamp).toBeUndefined();
    await pass(21, "n2");
    const hasty = await getPod("hasty");
    expect(hasty.metadata.deletionTimestamp).toBeDefined();
    expect(hasty.status?.conditions).toContainEqual(
      expect.objectContaining({ type: "DisruptionTarget", status: "True", reason: "DeletionByTaintManager" }),
    );
    expect((await getPod("patient")).metadata.deletionTimestamp).toBeUndefined();
    await pass(290, "n2");
    expect((await getPod("patient")).metadata.deletionTimestamp).toBeDefined();
    expect((await getPod("eternal")).metadata.deletionTimestamp).toBeUndefined();
  });

  it("is forgiven when it comes back in time", async () => {
    await run("web", "n1");
    await pass(60, "n2");
    const back = await getNode("n1");
    const conditions = back.status?.conditions?.map((c) => ({
      ...c,
      ...(c.type === "Ready" && { status: "True", reason: "KubeletReady" }),
    }));
    await plane.client.update(Node, { ...back, status: { ...back.status, ...(conditions && { conditions }) } }, { subresource: "status" });
    await plane.idle();
    expect(await taints("n1")).not.toContain("unreachable:NoExecute");
    await pass(400, "n1", "n2");
    expect((await getPod("web")).metadata.deletionTimestamp).toBeUndefined();
    expect(await events()).toContain("Cancelling deletion of Pod default/web");
  });

  it("is not emptied when all are silent: then it is this side that is cut off", async () => {
    await pass(60);
    expect(await taints("n1")).toEqual(["unreachable:NoSchedule"]);
    expect(await taints("n2")).toEqual(["unreachable:NoSchedule"]);
  });
});

it("a cordoned node is tainted, and the taint goes with the cordon", async () => {
  await join("n1");
  const cordon = (unschedulable: boolean) => plane.client.patch(Node, { name: "n1" }, { type: "merge", body: { spec: { unschedulable } } });
  await cordon(true);
  await plane.idle();
  expect(await taints("n1")).toEqual(["unschedulable:NoSchedule"]);
  await cordon(false);
  await plane.idle();
  expect(await taints("n1")).toEqual([]);
});

it("pods of a node that is gone go after a while, without grace", async () => {
  await join("n1");
  await run("web", "n1");
  await plane.idle();
  await plane.client.delete(Node, { name: "n1" });
  await plane.idle();
  await clock.advance(39_000);
  await plane.idle();
  expect((await getPod("web")).status?.phase).toBe("Running");
  await clock.advance(2_000);
  await plane.idle();
  await expect(getPod("web")).rejects.toThrow('pods "web" not found');
});

it("ended pods are kept only up to the threshold", async () => {
  for (const name of ["a", "b", "c", "d"]) {
    const made = await plane.client.create(Pod, pod(name));
    await plane.client.update(Pod, { ...made, status: { phase: "Succeeded" } }, { subresource: "status" });
    await clock.advance(1000);
  }
  await plane.idle();
  expect((await plane.client.list(Pod)).items.map((p) => p.metadata.name)).toEqual(["c", "d"]);
});

it("every node gets a subnet of its own, and a new one takes over what was given back", async () => {
  for (const name of ["n1", "n2", "n3", "n4", "n5"]) await join(name);
  await plane.idle();
  const subnets = async () => (await plane.client.list(Node)).items.map((n) => n.spec.podCIDR);
  const given = (await subnets()).filter((s) => s !== undefined);
  expect(new Set(given).size).toBe(4);
  expect(await events()).toContainEqual(expect.stringMatching(/^Node n\d status is now: CIDRNotAvailable$/));
  const holder = (await plane.client.list(Node)).items.find((n) => n.spec.podCIDR);
  await plane.client.delete(Node, { name: holder?.metadata.name ?? "" });
  await plane.idle();
  expect((await subnets()).sort()).toEqual(given.sort());
});
