import type { Node, Pod } from "@wherry/api";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { podInfo } from "../framework/pod-info.ts";
import { ClusterCache } from "./cluster-cache.ts";

const metadata = (name: string) => ({ name, uid: name, resourceVersion: "1", creationTimestamp: "" });
const node = (name: string): Node => ({ apiVersion: "v1", kind: "Node", metadata: metadata(name), spec: {} });

function pod(name: string, milli: number): Pod {
  const resources = { requests: { cpu: `${milli}m` } };
  const ports = [{ containerPort: 1, hostPort: 1000 + (milli % 3) }];
  return { apiVersion: "v1", kind: "Pod", metadata: metadata(name), spec: { containers: [{ name: "c", image: "x", resources, ports }] } };
}

type Step =
  | { do: "setPod" | "assume"; pod: string; node: string; milli: number }
  | { do: "removePod" | "forget"; pod: string }
  | { do: "setNode" | "removeNode"; node: string };

const pods = ["p1", "p2", "p3", "p4"];
const nodes = ["n1", "n2"];
const aPod = fc.constantFrom(...pods);
const aNode = fc.constantFrom(...nodes);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom("setPod" as const, "assume" as const), pod: aPod, node: aNode, milli: fc.nat(1000) }),
  fc.record({ do: fc.constantFrom("removePod" as const, "forget" as const), pod: aPod }),
  fc.record({ do: fc.constantFrom("setNode" as const, "removeNode" as const), node: aNode }),
);

/** Where each pod is, and how much it asks for. */
class Model {
  readonly pods = new Map<string, { node: string; milli: number; assumed: boolean }>();
  readonly nodes = new Set<string>();

  perform(s: Step): void {
    if ("milli" in s) this.pods.set(s.pod, { node: s.node, milli: s.milli, assumed: s.do === "assume" });
    else if ("pod" in s) {
      if (s.do === "removePod" || this.pods.get(s.pod)?.assumed) this.pods.delete(s.pod);
    } else if (s.do === "setNode") this.nodes.add(s.node);
    else this.nodes.delete(s.node);
  }

  on(name: string) {
    return [...this.pods.values()].filter((p) => p.node === name);
  }
}

function perform(cache: ClusterCache, s: Step): void {
  if ("milli" in s) cache[s.do](podInfo(pod(s.pod, s.milli)), s.node);
  else if ("pod" in s) cache[s.do](s.pod);
  else if (s.do === "setNode") cache.setNode(node(s.node));
  else cache.removeNode(s.node);
}

describe("ClusterCache", () => {
  it("counts on each node exactly the pods that are there, whatever came before", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const cache = new ClusterCache();
        const model = new Model();
        for (const s of steps) {
          perform(cache, s);
          model.perform(s);
        }
        expect(cache.candidates.map((c) => c.info.name).sort()).toEqual([...model.nodes].sort());
        for (const { info } of cache.candidates) {
          const there = model.on(info.name);
          expect(info.podCount).toBe(there.length);
          expect(info.requested.cpu).toBe(there.reduce((sum, p) => sum + p.milli, 0));
          for (const port of [1000, 1001, 1002]) {
            expect(info.isTaken({ ip: "0.0.0.0", protocol: "TCP", port })).toBe(there.some((p) => 1000 + (p.milli % 3) === port));
          }
        }
        for (const uid of pods) expect(cache.isAssumed(uid)).toBe(model.pods.get(uid)?.assumed ?? false);
      }),
      { numRuns: 300 },
    );
  });

  it("says which node a pod left, or needs less of", () => {
    const cache = new ClusterCache();
    cache.setNode(node("n1"));
    expect(cache.setPod(podInfo(pod("p", 500)), "n1")).toEqual([]);
    expect(cache.setPod(podInfo(pod("p", 500)), "n1")).toEqual([]);
    expect(cache.setPod(podInfo(pod("p", 400)), "n1")).toMatchObject([{ node: "n1", pod: { requests: { cpu: 500 } } }]);
    expect(cache.removePod("p")).toMatchObject({ node: "n1", pod: { requests: { cpu: 400 } } });
    expect(cache.removePod("p")).toBeUndefined();
  });
});
