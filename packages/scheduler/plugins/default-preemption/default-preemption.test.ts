import type { PodDisruptionBudget, PodSpec } from "@wherry/api";
import { describe, expect, it } from "vitest";
import { Framework } from "../../framework/framework.ts";
import { place } from "../../framework/placement.ts";
import { podInfo } from "../../framework/pod-info.ts";
import { nodeResourcesFit } from "../node-resources-fit/index.ts";
import { nodeUnschedulable } from "../node-unschedulable/index.ts";
import { aNode, aPod, TestCluster } from "../testing/cluster.ts";
import { defaultPreemption } from "./index.ts";

const small = (name: string, spec = {}) => aNode(name, {}, { spec, status: { allocatable: { cpu: "4", memory: "64Gi", pods: "10" } } });

interface Running {
  name: string;
  node: string;
  cpu: string;
  priority: number;
  startTime?: string;
  app?: string;
}

function running({ name, node, cpu, priority, startTime = "2026-01-01T00:00:00Z", app = "" }: Running) {
  const pod = needing(name, cpu, priority, { nodeName: node });
  return { ...pod, metadata: { ...pod.metadata, labels: { app } }, status: { startTime } };
}

function needing(name: string, cpu: string, priority: number, spec: Partial<PodSpec> = {}) {
  return aPod(name, { priority, containers: [{ name: "c", image: "x", resources: { requests: { cpu } } }], ...spec });
}

function budget(app: string, disruptionsAllowed: number, disruptedPods: Record<string, string> = {}): PodDisruptionBudget {
  const metadata = { name: app, namespace: "default", uid: app, resourceVersion: "1", creationTimestamp: "" };
  const status = { disruptionsAllowed, disruptedPods, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 };
  return { apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata, spec: { selector: { matchLabels: { app } } }, status };
}

/** What preemption finds for a pod: `node: victims`, or why nothing. */
function preempt(cluster: TestCluster, pod: ReturnType<typeof aPod>): string {
  const framework = new Framework([nodeUnschedulable, nodeResourcesFit, defaultPreemption(cluster.context, () => 0)]);
  const info = podInfo(pod);
  const { candidates } = cluster.cluster;
  const before = candidates.map((c) => [...c.info.pods].map((p) => p.uid).sort());
  const failure = place(framework.attempt(info), candidates, { start: 0, random: () => 0 });
  if (!("message" in failure)) throw new Error("the pod fits as it is");
  const found = framework.postFilter({ ...failure, pod: info, judge: (candidate) => framework.attempt(info).filter(candidate) });
  // Everyone is where they were.
  expect(candidates.map((c) => [...c.info.pods].map((p) => p.uid).sort())).toEqual(before);
  if (!found || "message" in found) return found?.message ?? "";
  return `${found.node}: ${found.victims.map((v) => v.pod.metadata.name).join(" ")}`;
}

type Case = [
  what: string,
  nodes: ReturnType<typeof aNode>[],
  there: Running[],
  budgets: PodDisruptionBudget[],
  pod: ReturnType<typeof aPod>,
  expected: string,
];
const cases: Case[] = [
  [
    "only as many as must go, the least important",
    [small("n1")],
    [
      { name: "a", node: "n1", cpu: "1", priority: 5 },
      { name: "b", node: "n1", cpu: "1", priority: 3 },
      { name: "c", node: "n1", cpu: "2", priority: 1 },
    ],
    [],
    needing("p", "2", 10),
    "n1: c",
  ],
  [
    "of equals those that began last",
    [small("n1")],
    [
      { name: "old", node: "n1", cpu: "2", priority: 1, startTime: "2026-01-01T00:00:00Z" },
      { name: "new", node: "n1", cpu: "2", priority: 1, startTime: "2026-01-02T00:00:00Z" },
    ],
    [],
    needing("p", "2", 10),
    "n1: new",
  ],
  [
    "no pod whose budget is used up, if there is another way",
    [small("n1"), small("n2")],
    [
      { name: "guarded", node: "n1", cpu: "4", priority: 1, app: "g" },
      { name: "free", node: "n2", cpu: "4", priority: 5 },
    ],
    [budget("g", 0)],
    needing("p", "2", 10),
    "n2: free",
  ],
  [
    "a pod whose budget is used up, if there is no other way",
    [small("n1")],
    [{ name: "guarded", node: "n1", cpu: "4", priority: 1, app: "g" }],
    [budget("g", 0)],
    needing("p", "2", 10),
    "n1: guarded",
  ],
  [
    "a budget lets as many go as it allows",
    [small("n1"), small("n2")],
    [
      { name: "a", node: "n1", cpu: "2", priority: 1, app: "g" },
      { name: "b", node: "n1", cpu: "2", priority: 1, app: "g" },
      { name: "c", node: "n2", cpu: "4", priority: 5 },
    ],
    [budget("g", 1)],
    needing("p", "4", 10),
    "n2: c",
  ],
  [
    "those that a budget already counts as gone do not count again",
    [small("n1"), small("n2")],
    [
      { name: "a", node: "n1", cpu: "4", priority: 1, app: "g" },
      { name: "c", node: "n2", cpu: "4", priority: 5 },
    ],
    [budget("g", 0, { a: "2026-01-01T00:00:00Z" })],
    needing("p", "4", 10),
    "n1: a",
  ],
  [
    "the node whose most important victim is the least important",
    [small("n1"), small("n2")],
    [
      { name: "a", node: "n1", cpu: "4", priority: 5 },
      { name: "b", node: "n2", cpu: "4", priority: 4 },
    ],
    [],
    needing("p", "4", 10),
    "n2: b",
  ],
  [
    "the lower sum of priorities",
    [small("n1"), small("n2")],
    [
      { name: "a", node: "n1", cpu: "2", priority: 5 },
      { name: "b", node: "n1", cpu: "2", priority: 4 },
      { name: "c", node: "n2", cpu: "4", priority: 5 },
    ],
    [],
    needing("p", "4", 10),
    "n2: c",
  ],
  [
    "the node whose longest-running victim began last",
    [small("n1"), small("n2")],
    [
      { name: "old", node: "n1", cpu: "4", priority: 1, startTime: "2026-01-01T00:00:00Z" },
      { name: "new", node: "n2", cpu: "4", priority: 1, startTime: "2026-01-02T00:00:00Z" },
    ],
    [],
    needing("p", "4", 10),
    "n2: new",
  ],
  [
    "nobody of the same priority",
    [small("n1"), small("n2", { unschedulable: true })],
    [{ name: "a", node: "n1", cpu: "4", priority: 10 }],
    [],
    needing("p", "4", 10),
    "preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling.",
  ],
  [
    "nobody when even that does not help",
    [small("n1")],
    [{ name: "a", node: "n1", cpu: "4", priority: 1 }],
    [],
    needing("p", "5", 10),
    "preemption: 0/1 nodes are available: 1 Insufficient cpu.",
  ],
  [
    "nobody for a pod that does not want that",
    [small("n1")],
    [{ name: "a", node: "n1", cpu: "4", priority: 1 }],
    [],
    needing("p", "4", 10, { preemptionPolicy: "Never" }),
    "preemption: not eligible due to preemptionPolicy=Never.",
  ],
];

describe("DefaultPreemption drives away", () => {
  it.each(cases)("%s", (_, nodes, there, budgets, pod, expected) => {
    const cluster = new TestCluster(...nodes);
    cluster.place(...there.map(running));
    cluster.put(...budgets);
    expect(preempt(cluster, pod)).toBe(expected);
  });
});
