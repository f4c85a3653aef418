import type { NodeCondition, Taint } from "@wherry/api";
import { describe, expect, it } from "vitest";
import { EPOCH, node } from "../fixtures.ts";
import { GRACE_MS, STARTUP_GRACE_MS, silentAt, silentStatus } from "./health.ts";
import { Pacer } from "./pacer.ts";
import { evictingTaint, planTaints } from "./taints.ts";
import { evictionPace } from "./zones.ts";

const condition = (type: string, status: string): NodeCondition => ({ type, status, lastTransitionTime: "2026-01-01T00:00:00Z" });
const withConditions = (...conditions: NodeCondition[]) => node("n1", { status: { conditions } });
const ready = (status: string) => withConditions(condition("Ready", status));
const member = (name: string, status: string, zone = "") =>
  node(name, { status: { conditions: [condition("Ready", status)] } }, { labels: { "topology.kubernetes.io/zone": zone } });

describe("a silent node", () => {
  it("has more time before its first report", () => {
    expect(silentAt(node("n1"), EPOCH)).toBe(EPOCH + STARTUP_GRACE_MS);
    expect(silentAt(ready("True"), EPOCH)).toBe(EPOCH + GRACE_MS);
  });

  it("is unknown in all that it reports, and keeps the rest", () => {
    const status = silentStatus(withConditions(condition("NetworkUnavailable", "False"), condition("Ready", "True")), EPOCH + 1000);
    expect(status?.conditions?.map((c) => [c.type, c.status, c.reason])).toEqual([
      ["NetworkUnavailable", "False", undefined],
      ["Ready", "Unknown", "NodeStatusUnknown"],
      ["MemoryPressure", "Unknown", "NodeStatusNeverUpdated"],
      ["DiskPressure", "Unknown", "NodeStatusNeverUpdated"],
      ["PIDPressure", "Unknown", "NodeStatusNeverUpdated"],
    ]);
    expect(status?.conditions?.[1]).toMatchObject({
      message: "Kubelet stopped posting node status.",
      lastTransitionTime: "2026-01-01T00:00:01Z",
    });
    expect(silentStatus(node("n1", { ...(status && { status }) }), EPOCH)).toBeUndefined();
  });
});

describe("taints", () => {
  const ids = (taints: Taint[] | undefined) => taints?.map((t) => `${t.key.replace("node.kubernetes.io/", "")}:${t.effect}`);
  it.each<[string, Parameters<typeof node>[1], string[] | undefined]>([
    ["of a ready node", ready("True"), undefined],
    ["of one that is not ready", ready("False"), ["not-ready:NoSchedule", "not-ready:NoExecute"]],
    ["of a silent one", ready("Unknown"), ["unreachable:NoSchedule", "unreachable:NoExecute"]],
    ["of one under pressure", withConditions(condition("Ready", "True"), condition("DiskPressure", "True")), ["disk-pressure:NoSchedule"]],
    ["of a cordoned one", { ...ready("True"), spec: { unschedulable: true } }, ["unschedulable:NoSchedule"]],
  ])("%s", (_, more, expected) => {
    const n = node("n1", more);
    const taints = planTaints(n, evictingTaint(n), EPOCH);
    expect(ids(taints)).toEqual(expected);
    if (taints) expect(planTaints({ ...n, spec: { ...n.spec, taints } }, evictingTaint(n), EPOCH + 1)).toBeUndefined();
  });

  it("of others stay, ours go when their reason went", () => {
    const theirs = { key: "dedicated", value: "db", effect: "NoExecute" };
    const old = { key: "node.kubernetes.io/unreachable", effect: "NoExecute", timeAdded: "2026-01-01T00:00:00Z" };
    const n = node("n1", { ...ready("True"), spec: { taints: [theirs, old] } });
    expect(planTaints(n, undefined, EPOCH)).toEqual([theirs]);
  });
});

describe("the pace of evictions", () => {
  const zone = (a: number, b: number, name = "") => [
    ...Array.from({ length: a }, (_, i) => member(`r${name}${i}`, "True", name)),
    ...Array.from({ length: b }, (_, i) => member(`n${name}${i}`, "Unknown", name)),
  ];
  it.each([
    ["one of many", zone(9, 1), 10_000],
    ["one of two", zone(1, 1), 10_000],
    ["most of a small zone", zone(2, 3), undefined],
    ["most of a large zone", zone(30, 40), 100_000],
    ["the whole cluster", zone(0, 3), undefined],
    ["one whole zone of two", [...zone(0, 3), ...zone(3, 0, "b")], 10_000],
  ])("when %s is silent", (_, nodes, pace) => expect(evictionPace(nodes, "/")).toBe(pace));

  it("lets one node of a zone through at a time", () => {
    const pacer = new Pacer();
    expect([pacer.take("a", 10_000, 0), pacer.take("a", 10_000, 4_000), pacer.take("b", 10_000, 4_000)]).toEqual([0, 6_000, 0]);
    expect(pacer.take("a", 10_000, 10_000)).toBe(0);
  });
});
