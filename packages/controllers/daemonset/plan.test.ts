import type { DaemonSet, DaemonSetSpec, Node, Pod } from "@wherry/api";
import { describe, expect, it } from "vitest";
import { EPOCH, meta, pod } from "../fixtures.ts";
import { daemonTolerations, nodeFit } from "./node-fit.ts";
import { planDaemonSet } from "./plan.ts";
import { podForNode, podsByTarget, targetNode } from "./pod-for-node.ts";
import { daemonNodes } from "./snapshot.ts";
import { daemonSetStatus } from "./status.ts";

const NOW = EPOCH + 60_000;

const daemonSet = (spec: Partial<DaemonSetSpec> = {}): DaemonSet => ({
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata: meta("agent", { annotations: { "deprecated.daemonset.template.generation": "3" } }),
  spec: {
    selector: { matchLabels: { app: "agent" } },
    template: { metadata: { labels: { app: "agent" } }, spec: { containers: [{ name: "main", image: "app:v1" }] } },
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
    ...spec,
  },
});

const node = (name: string, spec: Node["spec"] = {}, labels: Record<string, string> = {}): Node => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: meta(name, { labels }),
  spec,
});

/** `new` and `old` say which template it is of; the rest how it is. */
function daemonPod(name: string, on: string, state: string): Pod {
  const broken = state.includes("broken") || state.includes("Failed") || state.includes("Succeeded");
  const phase = state.includes("Failed") ? "Failed" : state.includes("Succeeded") ? "Succeeded" : undefined;
  return pod(name, {
    metadata: {
      labels: { app: "agent", "controller-revision-hash": state.includes("old") ? "old" : "new" },
      ...(state.includes("dying") && { deletionTimestamp: "2026-01-01T00:00:30Z" }),
    },
    spec: state.includes("unbound") ? { affinity: podForNode(daemonSet(), on, "new").spec.affinity ?? {} } : { nodeName: on },
    ...(!broken && { readySince: EPOCH }),
    ...(phase && { status: { phase } }),
  });
}

function plan(ds: DaemonSet, nodes: Node[], states: Record<string, string[]>, retryAt = 0) {
  const entries = Object.entries(states);
  const podsByNode = podsByTarget(entries.flatMap(([on, list]) => list.map((state, i) => daemonPod(`${on}-${i}`, on, state))));
  const made = planDaemonSet({ ds, nodes, podsByNode, hash: "new", now: NOW, retryAt: () => retryAt });
  return {
    create: made.create,
    delete: made.delete.map((p) => p.metadata.name),
    ended: made.ended.map((e) => e.pod.metadata.name),
    wait: made.requeueAfterMs,
  };
}

const surge = { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } };
const [a, b, c] = [node("a"), node("b"), node("c")];
const tainted = (effect: string) => node("a", { taints: [{ key: "x", effect }] });

describe("planDaemonSet", () => {
  it.each<[string, DaemonSetSpec["updateStrategy"] | undefined, Node[], Record<string, string[]>, object]>([
    ["a pod for each node", undefined, [a, b], {}, { create: ["a", "b"] }],
    ["none where one is on its way out", undefined, [a], { a: ["old dying"] }, {}],
    ["none on a node with a taint", undefined, [tainted("NoSchedule")], {}, {}],
    ["a taint that came later drives nobody out", undefined, [tainted("NoSchedule")], { a: ["new"] }, {}],
    ["but one that says so does", undefined, [tainted("NoExecute")], { a: ["new"] }, { delete: ["a-0"] }],
    ["pods of nodes that are gone before they were bound go", undefined, [b], { a: ["new unbound"], b: ["new"] }, { delete: ["a-0"] }],
    ["the collector of pods takes those that were bound", undefined, [b], { a: ["new"], b: ["new"] }, {}],
    ["one that ended and is going is as good as gone", undefined, [a], { a: ["new Failed dying"] }, { create: ["a"] }],
    ["the second pod of a node goes", undefined, [a], { a: ["new", "new"] }, { delete: ["a-1"] }],
    ["one that ended goes", undefined, [a, b], { a: ["new Failed"], b: ["new Succeeded"] }, { ended: ["a-0", "b-0"] }],
    ["an old one goes first", undefined, [a, b], { a: ["old"], b: ["old"] }, { delete: ["a-0"] }],
    ["no more than may be missing", undefined, [a, b], { a: ["new broken"], b: ["old"] }, {}],
    ["what is broken goes anyway", undefined, [a, b, c], { a: ["old broken"], b: ["old"], c: ["old broken"] }, { delete: ["a-0", "c-0"] }],
    ["nothing rolls while a node lacks its pod", undefined, [a, b], { b: ["old"] }, { create: ["a"] }],
    ["OnDelete leaves old pods", { type: "OnDelete" }, [a], { a: ["old"] }, {}],
    ["a surge makes the new one first", surge, [a, b], { a: ["old"], b: ["old"] }, { create: ["a"] }],
    ["and waits for it", surge, [a, b], { a: ["old", "new broken"], b: ["old"] }, {}],
    ["and then takes the old one", surge, [a, b], { a: ["old", "new"], b: ["old"] }, { delete: ["a-0"] }],
    ["of two old ones the one that works stays", surge, [a], { a: ["old broken", "old"] }, { delete: ["a-0"] }],
    ["a surge replaces what is broken at once", surge, [a, b], { a: ["old broken"], b: ["old broken"] }, { create: ["a", "b"] }],
  ])("%s", (_, updateStrategy, nodes, states, expected) => {
    const ds = daemonSet(updateStrategy && { updateStrategy });
    expect(plan(ds, nodes, states)).toEqual({ create: [], delete: [], ended: [], wait: undefined, ...expected });
  });

  it("does nothing for one that is being deleted", () => {
    const ds = { ...daemonSet(), metadata: meta("agent", { deletionTimestamp: "2026-01-01T00:00:30Z" }) };
    expect(plan(ds, [a], {})).toMatchObject({ create: [] });
  });

  it("lets a failed pod wait before it is replaced", () => {
    expect(plan(daemonSet(), [a], { a: ["new Failed"] }, NOW + 4_000)).toEqual({ create: [], delete: [], ended: [], wait: 4_000 });
  });

  it("counts by percent, rounding up", () => {
    const updateStrategy = { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "34%" } };
    const states = { a: ["old"], b: ["old"], c: ["old"] };
    expect(plan(daemonSet({ updateStrategy }), [a, b, c], states).delete).toEqual(["a-0", "b-0"]);
  });
});

describe("nodeFit", () => {
  it.each<[string, Partial<DaemonSetSpec["template"]["spec"]>, Node, boolean]>([
    ["any node", {}, a, true],
    ["labels", { nodeSelector: { disk: "ssd" } }, node("a", {}, { disk: "ssd" }), true],
    ["other labels", { nodeSelector: { disk: "ssd" } }, a, false],
    ["another node by name", { nodeName: "b" }, a, false],
    [
      "a cordoned node",
      {},
      node("a", { unschedulable: true, taints: [{ key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" }] }),
      true,
    ],
    ["a tolerated taint", { tolerations: [{ key: "x", operator: "Exists" }] }, tainted("NoSchedule"), true],
    ["a soft taint", {}, tainted("PreferNoSchedule"), true],
  ])("%s", (_, spec, on, shouldRun) => {
    const ds = daemonSet();
    Object.assign(ds.spec.template.spec, spec);
    expect(nodeFit(ds, on).shouldRun).toBe(shouldRun);
  });

  it("tolerates a missing network only for pods of the host's", () => {
    const keys = (hostNetwork: boolean) => daemonTolerations({ containers: [], hostNetwork }).map((t) => t.key);
    expect(keys(false)).toHaveLength(6);
    expect(keys(true)).toContain("node.kubernetes.io/network-unavailable");
  });
});

describe("podForNode", () => {
  it("is for that node, in place of what else its affinity requires", () => {
    const ds = daemonSet();
    const terms = [{ matchExpressions: [{ key: "disk", operator: "Exists" }] }];
    ds.spec.template.spec.affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } };
    const made = podForNode(ds, "a", "new");
    expect(made.metadata).toMatchObject({
      generateName: "agent-",
      labels: { app: "agent", "controller-revision-hash": "new", "pod-template-generation": "3" },
    });
    expect(targetNode(made as Pod)).toBe("a");
    expect(made.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms).toEqual([
      { matchFields: [{ key: "metadata.name", operator: "In", values: ["a"] }] },
    ]);
    expect(ds.spec.template.spec.tolerations).toBeUndefined();
  });
});

describe("daemonSetStatus", () => {
  it("counts nodes", () => {
    const podsByNode = new Map([
      ["a", [daemonPod("p", "a", "new")]],
      ["b", [daemonPod("q", "b", "old broken")]],
      ["d", [daemonPod("r", "d", "new")]],
    ]);
    const snapshot = {
      ds: daemonSet(),
      nodes: [a, b, c, node("d", { taints: [{ key: "x", effect: "NoSchedule" }] })],
      podsByNode,
      hash: "new",
      now: NOW,
      retryAt: () => 0,
    };
    expect(daemonSetStatus(snapshot, daemonNodes(snapshot), 0)).toEqual({
      ...{ currentNumberScheduled: 2, desiredNumberScheduled: 3, numberMisscheduled: 1, numberReady: 1 },
      ...{ observedGeneration: 1, updatedNumberScheduled: 1, numberAvailable: 1, numberUnavailable: 2 },
    });
  });
});
