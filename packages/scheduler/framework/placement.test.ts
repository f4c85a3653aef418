import type { Node, Pod } from "@wherry/api";
import { describe, expect, it } from "vitest";
import { Framework } from "./framework.ts";
import { NodeInfo } from "./node-info.ts";
import { enoughFor, place } from "./placement.ts";
import { type Candidate, definePlugin, type Plugin } from "./plugin.ts";
import { podInfo } from "./pod-info.ts";

const metadata = (name: string) => ({ name, uid: name, resourceVersion: "1", creationTimestamp: "" });
const thePod: Pod = { apiVersion: "v1", kind: "Pod", metadata: metadata("p"), spec: { containers: [] } };

function candidates(count: number): Candidate[] {
  return Array.from({ length: count }, (_, i) => {
    const node: Node = { apiVersion: "v1", kind: "Node", metadata: metadata(`n${i}`), spec: {} };
    return { node, info: new NodeInfo(`n${i}`) };
  });
}
const refuse = (name: string, reasons: (node: string) => string[]): Plugin =>
  definePlugin({
    name,
    filter(_, { info }) {
      const found = reasons(info.name);
      return found.length > 0 ? { reasons: found, resolvable: name === "A" } : undefined;
    },
  });
const attempt = (...plugins: Plugin[]) => new Framework(plugins).attempt(podInfo(thePod));

const first = { start: 0, random: () => 0 };

describe("place", () => {
  it("says that there is no node", () => {
    expect(place(attempt(), [], first)).toMatchObject({ message: "no nodes available to schedule pods", rejectedBy: new Set() });
  });

  it("counts the reasons, sorted as kube-scheduler sorts them, and names who refused", () => {
    const a = refuse("A", (node) => (node === "n0" ? ["were unlucky"] : []));
    const b = refuse("B", (node) => (node === "n1" ? ["Insufficient cpu", "Too many pods"] : ["Insufficient cpu"]));
    expect(place(attempt(a, b), candidates(3), first)).toMatchObject({
      message: "0/3 nodes are available: 1 Too many pods, 1 were unlucky, 2 Insufficient cpu.",
      rejectedBy: new Set(["A", "B"]),
      resolvable: [{ info: { name: "n0" } }],
    });
  });

  it("takes the node with the highest weighted score, and any of those that are equally good", () => {
    const plugin = definePlugin({ name: "S", weight: 2, score: (_, { info }) => (info.name === "n0" ? 1 : 5) });
    const chosen = [0, 0.49, 0.5, 0.99].map((random) => {
      const placement = place(attempt(plugin), candidates(3), { start: 0, random: () => random });
      return "candidate" in placement && placement.candidate.info.name;
    });
    expect(chosen).toEqual(["n1", "n1", "n2", "n2"]);
  });

  it("looks at no more nodes than needed in a large cluster, but at all when none fits", () => {
    let asked = 0;
    const counting = (fits: boolean) =>
      refuse("C", () => {
        asked++;
        return fits ? [] : ["no"];
      });
    place(attempt(counting(true)), candidates(1000), first);
    expect(asked).toBe(enoughFor(1000));
    asked = 0;
    place(attempt(counting(false)), candidates(1000), first);
    expect(asked).toBe(1000);
    expect([50, 100, 150, 1000, 5000, 10_000].map((n) => enoughFor(n))).toEqual([50, 100, 100, 420, 500, 500]);
  });
});

describe("reserve", () => {
  it("takes back what other plugins reserved when one cannot", () => {
    const log: string[] = [];
    const reserving = (name: string, fails: boolean): Plugin =>
      definePlugin({
        name,
        reserve: () => {
          if (fails) throw new Error("no volume left");
          log.push(`+${name}`);
        },
        unreserve: () => void log.push(`-${name}`),
      });
    const [candidate] = candidates(1);
    expect(() => attempt(reserving("A", false), reserving("B", true)).reserve(candidate as Candidate)).toThrow("no volume left");
    expect(log).toEqual(["+A", "-B", "-A"]);
  });
});
