import type { Node, Pod, PodSpec } from "@wherry/api";
import { describe, expect, it } from "vitest";
import { Framework } from "../framework/framework.ts";
import { NodeInfo } from "../framework/node-info.ts";
import type { Candidate, Plugin } from "../framework/plugin.ts";
import { podInfo } from "../framework/pod-info.ts";
import { balancedAllocation } from "./balanced-allocation/index.ts";
import { nodeAffinity } from "./node-affinity/index.ts";
import { nodeResourcesFit } from "./node-resources-fit/index.ts";
import { taintToleration } from "./taint-toleration/index.ts";

let uid = 0;
function pod(requests: Record<string, string>, spec: Partial<PodSpec> = {}): Pod {
  const metadata = { name: "p", namespace: "default", uid: `u${uid++}`, resourceVersion: "1", creationTimestamp: "" };
  return { apiVersion: "v1", kind: "Pod", metadata, spec: { containers: [{ name: "c", image: "x", resources: { requests } }], ...spec } };
}

function node(labels: Record<string, string>, taints: string[], ...pods: Pod[]): Candidate {
  const metadata = { name: "n", uid: "n", labels, resourceVersion: "1", creationTimestamp: "" };
  const spec = { taints: taints.map((key) => ({ key, effect: "PreferNoSchedule" })) };
  const object: Node = {
    apiVersion: "v1",
    kind: "Node",
    metadata,
    spec,
    status: { allocatable: { cpu: "4", memory: "8Gi", pods: "110" } },
  };
  const info = new NodeInfo("n");
  info.node = object;
  for (const p of pods) info.add(podInfo(p));
  return { node: object, info };
}

const scores = (plugin: Plugin, p: Pod, ...candidates: Candidate[]) => new Framework([plugin]).attempt(podInfo(p)).score(candidates);

describe("scores", () => {
  it("NodeResourcesFit prefers the emptier node, and counts pods that request nothing a little", () => {
    const half = pod({ cpu: "2", memory: "4Gi" });
    expect(scores(nodeResourcesFit, pod({ cpu: "1", memory: "2Gi" }), node({}, []), node({}, [], half))).toEqual([75, 25]);
    const [empty, silent] = scores(nodeResourcesFit, pod({}), node({}, []), node({}, [], pod({})));
    expect(empty).toBeGreaterThan(silent ?? 0);
    expect(scores(nodeResourcesFit, pod({ cpu: "4", memory: "8Gi" }), node({}, [], half))).toEqual([0]);
  });

  it("NodeResourcesFit gives nothing to a node without resources", () => {
    const bare = node({}, []);
    bare.info.node = { ...bare.node, status: {} };
    expect(scores(nodeResourcesFit, pod({}), bare)).toEqual([0]);
  });

  it("NodeResourcesBalancedAllocation prefers the node whose cpu and memory would be used alike", () => {
    const much = pod({ cpu: "2" });
    expect(scores(balancedAllocation, pod({ memory: "4Gi" }), node({}, []), node({}, [], much))).toEqual([75, 100]);
  });

  it("TaintToleration prefers fewer soft taints, three times as much as others", () => {
    const tolerant = pod({}, { tolerations: [{ key: "a", operator: "Exists" }] });
    expect(scores(taintToleration, tolerant, node({}, ["a"]), node({}, ["b"]), node({}, ["b", "c"]))).toEqual([300, 150, 0]);
    expect(scores(taintToleration, tolerant, node({}, []), node({}, ["a"]))).toEqual([300, 300]);
  });

  it("NodeAffinity adds up the weights of the preferred terms that match, twice as much as others", () => {
    const term = (weight: number, key: string) => ({ weight, preference: { matchExpressions: [{ key, operator: "Exists" }] } });
    const nodeAffinitySpec = { preferredDuringSchedulingIgnoredDuringExecution: [term(30, "a"), term(10, "b")] };
    const picky = pod({}, { affinity: { nodeAffinity: nodeAffinitySpec } });
    expect(scores(nodeAffinity, picky, node({ a: "" }, []), node({ b: "" }, []), node({ a: "", b: "" }, []), node({}, []))).toEqual([
      150, 50, 200, 0,
    ]);
  });
});
