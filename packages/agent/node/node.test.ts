import { Lease, Node } from "@wherry/api";
import { startControlPlane } from "@wherry/testkit";
import { describe, expect, it } from "vitest";
import { withNode } from "../testing/with-node.ts";
import { nodeConditions, transitionReason } from "./conditions.ts";
import type { HostFacts } from "./host-facts.ts";

const GiB = 2 ** 30;
const plenty: HostFacts = {
  memoryAvailable: GiB,
  diskBytes: 100 * GiB,
  diskAvailable: 50 * GiB,
  inodesFree: 0.9,
  processes: 100,
  maxProcesses: 32_768,
};
const now = "2026-01-01T00:00:00Z";
const statusOf = (facts: Partial<HostFacts>, type: string) =>
  nodeConditions({ ...plenty, ...facts }, undefined, [], now).find((c) => c.type === type)?.status;

describe("conditions", () => {
  it.each([
    [{}, "MemoryPressure", "False"],
    [{ memoryAvailable: 99 * 2 ** 20 }, "MemoryPressure", "True"],
    [{}, "DiskPressure", "False"],
    [{ diskAvailable: 2 * GiB }, "DiskPressure", "False"],
    [{ diskAvailable: GiB / 2 }, "DiskPressure", "True"],
    [{ diskBytes: GiB, diskAvailable: 0.2 * GiB }, "DiskPressure", "False"],
    [{ diskBytes: GiB, diskAvailable: 0.05 * GiB }, "DiskPressure", "True"],
    [{ inodesFree: 0.01 }, "DiskPressure", "True"],
    [{ processes: 32_000 }, "PIDPressure", "True"],
    [{}, "Ready", "True"],
  ] as [Partial<HostFacts>, string, string][])("%j: %s is %s", (facts, type, expected) => {
    expect(statusOf(facts, type)).toBe(expected);
  });

  it("keep the time of their transition", () => {
    const before = nodeConditions(plenty, undefined, [], now);
    const later = nodeConditions(plenty, "no network", before, "2026-01-01T00:01:00Z");
    expect(later.find((c) => c.type === "MemoryPressure")?.lastTransitionTime).toBe(now);
    expect(later.find((c) => c.type === "Ready")).toMatchObject({
      status: "False",
      reason: "KubeletNotReady",
      message: "no network",
      lastTransitionTime: "2026-01-01T00:01:00Z",
    });
  });

  it("have their own words in events", () => {
    expect(nodeConditions(plenty, undefined, [], now).map(transitionReason)).toEqual([
      "NodeHasSufficientMemory",
      "NodeHasNoDiskPressure",
      "NodeHasSufficientPID",
      "NodeReady",
    ]);
  });
});

describe("a node", () => {
  const at = withNode(startControlPlane);
  it("says what it is", async () => {
    const node = await at.client.get(Node, { name: "n1" });
    expect(node.metadata.labels).toMatchObject({
      "kubernetes.io/hostname": "n1",
      "kubernetes.io/os": "linux",
      "kubernetes.io/arch": "amd64",
    });
    expect(node.status?.capacity).toMatchObject({ cpu: "4", memory: "8Gi", pods: "110" });
    expect(node.status?.allocatable).toMatchObject({ cpu: "4", memory: "8092Mi" });
    expect(node.status?.addresses).toEqual([
      { type: "InternalIP", address: "192.0.2.1" },
      { type: "Hostname", address: "n1" },
    ]);
    expect(node.status?.nodeInfo).toMatchObject({
      containerRuntimeVersion: "fake://1.0.0",
      operatingSystem: "linux",
      architecture: "amd64",
    });
    expect(node.status?.conditions?.find((c) => c.type === "Ready")).toMatchObject({ status: "True", reason: "KubeletReady" });
    expect(node.status?.images?.[0]).toMatchObject({ names: ["app:v1"] });
    await at.node.untilEvent("n1", /^Starting: Starting kubelet\.$/);
    await at.node.untilEvent("n1", /^NodeReady: Node n1 status is now: NodeReady$/);
  });

  it("renews its lease", async () => {
    const lease = () => at.client.get(Lease, { namespace: "kube-node-lease", name: "n1" });
    await at.node.eventually("the lease", () => at.clock.pending > 0);
    let first = await lease().catch(() => undefined);
    for (; !first; first = await lease().catch(() => undefined)) await at.clock.advance(1_000);
    expect(first.spec).toMatchObject({ holderIdentity: "n1", leaseDurationSeconds: 40 });
    expect(first.metadata.ownerReferences?.[0]).toMatchObject({ kind: "Node", name: "n1" });
    await at.clock.advance(10_000);
    for (let next = await lease(); next.spec?.renewTime === first.spec?.renewTime; next = await lease())
      await new Promise((resolve) => setImmediate(resolve));
  });

  it("writes its status only when something changed, or after five minutes", async () => {
    const version = async () => (await at.client.get(Node, { name: "n1" })).metadata.resourceVersion;
    const before = await version();
    for (let minute = 0; minute < 4; minute++) await at.clock.advance(60_000);
    expect(await version()).toBe(before);
    await at.clock.advance(61_000);
    let now = await version();
    for (; now === before; now = await version()) await at.clock.advance(10_000);
  });

  it("is not ready while its engine does not answer", async () => {
    const ready = async () => (await at.client.get(Node, { name: "n1" })).status?.conditions?.find((c) => c.type === "Ready");
    at.node.runtime.available = false;
    for (let found = await ready(); found?.status === "True"; found = await ready()) await at.clock.advance(10_000);
    expect((await ready())?.message).toContain("container runtime is down");
    at.node.runtime.setAvailable(true);
    for (let found = await ready(); found?.status !== "True"; found = await ready()) await at.clock.advance(1_000);
  });
});
