import type { Node, Pod, PodSpec, ReplicaSet, Service, TopologySpreadConstraint } from "@wherry/api";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aNode, aPod, TestCluster } from "../testing/cluster.ts";
import { podTopologySpread } from "./index.ts";

const TOO_MANY = ["node(s) didn't match pod topology spread constraints"];
const NO_LABEL = ["node(s) didn't match pod topology spread constraints (missing required label)"];

const constraint = (more: Partial<TopologySpreadConstraint> = {}): TopologySpreadConstraint => ({
  maxSkew: 1,
  topologyKey: "zone",
  whenUnsatisfiable: "DoNotSchedule",
  labelSelector: { matchLabels: { app: "web" } },
  ...more,
});
const web = (name: string, node: string, labels: Record<string, string> = {}, more: Partial<Pod["metadata"]> = {}) =>
  aPod(name, { nodeName: node }, { labels: { app: "web", ...labels }, ...more });
const asking = (spec: Partial<PodSpec>, ...constraints: TopologySpreadConstraint[]) =>
  aPod("p", { topologySpreadConstraints: constraints, ...spec }, { labels: { app: "web", version: "1" } });

const tainted = { spec: { taints: [{ key: "k", effect: "NoSchedule" }] } };
/** Two nodes in zone a, one in b, one in none. */
const nodes = () => [aNode("a1", { zone: "a", disk: "ssd" }), aNode("a2", { zone: "a" }), aNode("b1", { zone: "b" }), aNode("none", {})];

type Case = [what: string, nodes: Node[], there: Pod[], pod: Pod, expected: (readonly string[])[]];
const cases: Case[] = [
  ["a node without the label", nodes(), [], asking({}, constraint()), [[], [], [], NO_LABEL]],
  ["the zone with more", nodes(), [web("1", "a1")], asking({}, constraint()), [TOO_MANY, TOO_MANY, [], NO_LABEL]],
  ["a larger skew", nodes(), [web("1", "a1")], asking({}, constraint({ maxSkew: 2 })), [[], [], [], NO_LABEL]],
  [
    "a pod that does not count itself",
    nodes(),
    [web("1", "a1")],
    asking({}, constraint({ labelSelector: { matchLabels: { app: "web", version: "2" } } })),
    [[], [], [], NO_LABEL],
  ],
  [
    "pods that are being deleted do not count",
    nodes(),
    [web("1", "a1", {}, { deletionTimestamp: "2026-01-01T00:00:00Z" })],
    asking({}, constraint()),
    [[], [], [], NO_LABEL],
  ],
  [
    "nor do those of other namespaces",
    nodes(),
    [web("1", "a1", {}, { namespace: "other" })],
    asking({}, constraint()),
    [[], [], [], NO_LABEL],
  ],
  [
    "fewer domains than wanted: the fewest are none",
    nodes(),
    [web("1", "a1"), web("2", "b1")],
    asking({}, constraint({ minDomains: 3 })),
    [TOO_MANY, TOO_MANY, TOO_MANY, NO_LABEL],
  ],
  [
    "as many domains as wanted",
    nodes(),
    [web("1", "a1"), web("2", "b1")],
    asking({}, constraint({ minDomains: 2 })),
    [[], [], [], NO_LABEL],
  ],
  [
    "only nodes that the pod selects count",
    nodes(),
    [web("1", "a1")],
    asking({ nodeSelector: { disk: "ssd" } }, constraint()),
    [[], [], [], NO_LABEL],
  ],
  [
    "all nodes count when node affinity is ignored",
    nodes(),
    [web("1", "a1")],
    asking({ nodeSelector: { disk: "ssd" } }, constraint({ nodeAffinityPolicy: "Ignore" })),
    [TOO_MANY, TOO_MANY, [], NO_LABEL],
  ],
  [
    "tainted nodes count",
    [aNode("a1", { zone: "a" }), aNode("b1", { zone: "b" }, tainted)],
    [web("1", "a1")],
    asking({}, constraint()),
    [TOO_MANY, []],
  ],
  [
    "tainted nodes do not count when taints are honoured",
    [aNode("a1", { zone: "a" }), aNode("b1", { zone: "b" }, tainted)],
    [web("1", "a1")],
    asking({}, constraint({ nodeTaintsPolicy: "Honor" })),
    [[], []],
  ],
  [
    "tainted nodes that are tolerated do",
    [aNode("a1", { zone: "a" }), aNode("b1", { zone: "b" }, tainted)],
    [web("1", "a1")],
    asking({ tolerations: [{ operator: "Exists" }] }, constraint({ nodeTaintsPolicy: "Honor" })),
    [TOO_MANY, []],
  ],
  [
    "pods of the same version only",
    nodes(),
    [web("1", "a1", { version: "1" }), web("2", "b1", { version: "2" })],
    asking({}, constraint({ matchLabelKeys: ["version"] })),
    [TOO_MANY, TOO_MANY, [], NO_LABEL],
  ],
  [
    "two constraints: only nodes with both labels count",
    [aNode("a1", { zone: "a", host: "a1" }), aNode("a2", { zone: "a", host: "a2" }), aNode("b1", { zone: "b" })],
    [web("1", "a1")],
    asking({}, constraint(), constraint({ topologyKey: "host" })),
    [TOO_MANY, [], NO_LABEL],
  ],
  [
    "a wish keeps nothing away",
    nodes(),
    [web("1", "a1")],
    asking({}, constraint({ whenUnsatisfiable: "ScheduleAnyway" })),
    [[], [], [], []],
  ],
];

describe("PodTopologySpread", () => {
  it.each(cases)("%s", (_, given, there, pod, expected) => {
    const cluster = new TestCluster(...given);
    const plugin = podTopologySpread(cluster.context);
    cluster.place(...there);
    expect(cluster.reasons(plugin, pod)).toEqual(expected);
  });

  it("prefers the domain with fewer, and gives nothing to nodes without the label", () => {
    const cluster = new TestCluster(...nodes());
    const plugin = podTopologySpread(cluster.context);
    const wish = asking({}, constraint({ whenUnsatisfiable: "ScheduleAnyway" }));
    expect(cluster.scores(plugin, wish)).toEqual([200, 200, 200, 0]);
    cluster.place(web("1", "a1"), web("2", "a2"), web("3", "b1"));
    // Two zones: 2 and 1 pods, times ln 4, rounded: 3 and 1. (3 + 1 - 3) / 3 and (3 + 1 - 1) / 3, twice for the weight of the plugin.
    expect(cluster.scores(plugin, wish)).toEqual([66, 66, 200, 0]);
  });

  it("spreads pods of a Service or a controller that say nothing themselves", () => {
    const cluster = new TestCluster(
      ...["a", "b"].map((zone) => aNode(zone, { "kubernetes.io/hostname": zone, "topology.kubernetes.io/zone": zone })),
    );
    const plugin = podTopologySpread(cluster.context);
    cluster.place(...Array.from({ length: 9 }, (_, i) => web(`w${i}`, "a")));
    const silent = (more: Partial<Pod["metadata"]> = {}) => aPod("p", {}, { labels: { app: "web" }, ...more });
    expect(cluster.scores(plugin, silent())).toEqual([0, 0]);
    const metadata = (name: string) => ({ name, namespace: "default", uid: name, resourceVersion: "1", creationTimestamp: "" });
    const selector = { matchLabels: { app: "web" } };
    const replicaSet: ReplicaSet = { apiVersion: "apps/v1", kind: "ReplicaSet", metadata: metadata("rs"), spec: { selector } };
    cluster.put(replicaSet);
    const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "rs", uid: "rs", controller: true };
    const [a, b] = cluster.scores(plugin, silent({ ownerReferences: [owner] }));
    expect(a).toBeLessThan(b ?? 0);
    const service: Service = { apiVersion: "v1", kind: "Service", metadata: metadata("web"), spec: { selector: { app: "web" } } };
    cluster.put(service);
    expect(cluster.scores(plugin, silent())).toEqual([a, b]);
  });
});

/** The rule in the simplest words, over all pods and nodes. */
function oracle(pod: Pod, node: Node, all: readonly Node[], placed: readonly Pod[]): readonly string[] {
  const constraints = pod.spec.topologySpreadConstraints ?? [];
  const counts = (n: Node, c: TopologySpreadConstraint) =>
    constraints.every(({ topologyKey }) => n.metadata.labels?.[topologyKey] !== undefined) &&
    Object.entries(pod.spec.nodeSelector ?? {}).every(([k, v]) => n.metadata.labels?.[k] === v) &&
    (c.nodeTaintsPolicy !== "Honor" || !n.spec?.taints?.length);
  for (const c of constraints) {
    const domainOf = (n: Node) => n.metadata.labels?.[c.topologyKey];
    if (domainOf(node) === undefined) return NO_LABEL;
    const sizes = new Map<string | undefined, number>();
    for (const n of all.filter((other) => counts(other, c))) {
      const pods = placed.filter(
        (p) => p.spec.nodeName === n.metadata.name && p.metadata.labels?.app === c.labelSelector?.matchLabels?.app,
      );
      sizes.set(domainOf(n), (sizes.get(domainOf(n)) ?? 0) + pods.length);
    }
    const fewest = sizes.size < (c.minDomains ?? 1) ? 0 : Math.min(...sizes.values());
    const itself = pod.metadata.labels?.app === c.labelSelector?.matchLabels?.app ? 1 : 0;
    if ((sizes.get(domainOf(node)) ?? 0) + itself - fewest > c.maxSkew) return TOO_MANY;
  }
  return [];
}

const app = fc.constantFrom("x", "y");
const aConstraint = fc.record({
  maxSkew: fc.integer({ min: 1, max: 2 }),
  minDomains: fc.integer({ min: 1, max: 3 }),
  topologyKey: fc.constantFrom("zone", "host"),
  nodeTaintsPolicy: fc.constantFrom("Honor", "Ignore"),
  labelSelector: app.map((value) => ({ matchLabels: { app: value } })),
});
const aQuestion = fc.record({
  app,
  constraints: fc.uniqueArray(aConstraint, { maxLength: 2, selector: (c) => c.topologyKey }),
  zone: fc.constantFrom("a", undefined),
});
const step = fc.oneof(
  fc.record({ place: fc.nat(6), on: fc.nat(3), app }),
  fc.record({ remove: fc.nat(6) }),
  fc.record({ node: fc.nat(3), zone: fc.constantFrom("a", "b", undefined), tainted: fc.boolean() }),
  fc.record({ removeNode: fc.nat(3) }),
);

describe("the counts of PodTopologySpread", () => {
  it("say after any changes what a look at all pods says", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.array(aQuestion, { minLength: 1, maxLength: 3 }), (steps, asked) => {
        const cluster = new TestCluster();
        const plugin = podTopologySpread(cluster.context);
        const placed = new Map<string, Pod>();
        const questions = asked.map((q, i) => {
          const topologySpreadConstraints = q.constraints.map((c) => constraint(c));
          return aPod(
            `q${i}`,
            { topologySpreadConstraints, ...(q.zone && { nodeSelector: { zone: q.zone } }) },
            { labels: { app: q.app } },
          );
        });
        for (const s of steps) {
          if ("place" in s) {
            const pod = aPod(`u${s.place}`, { nodeName: `n${s.on}` }, { uid: `u${s.place}`, labels: { app: s.app } });
            placed.set(pod.metadata.uid, pod);
            cluster.place(pod);
          } else if ("remove" in s) {
            placed.delete(`u${s.remove}`);
            cluster.cluster.removePod(`u${s.remove}`);
          } else if ("node" in s) {
            const name = `n${s.node}`;
            cluster.cluster.setNode(aNode(name, { host: name, ...(s.zone && { zone: s.zone }) }, s.tainted ? tainted : {}));
          } else cluster.cluster.removeNode(`n${s.removeNode}`);
          const all = cluster.cluster.candidates.map((c) => c.node);
          for (const pod of questions) {
            expect(cluster.reasons(plugin, pod)).toEqual(all.map((node) => oracle(pod, node, all, [...placed.values()])));
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
