import type { Affinity, Pod, PodAffinityTerm } from "@wherry/api";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aNode, aPod, TestCluster } from "../testing/cluster.ts";
import { interPodAffinity } from "./index.ts";

const NO_AFFINITY = ["node(s) didn't match pod affinity rules"];
const ANTI = ["node(s) didn't match pod anti-affinity rules"];
const THEIRS = ["node(s) didn't satisfy existing pods anti-affinity rules"];

const required = "requiredDuringSchedulingIgnoredDuringExecution";
const preferred = "preferredDuringSchedulingIgnoredDuringExecution";
const term = (app: string, more: Partial<PodAffinityTerm> = {}): PodAffinityTerm => ({
  topologyKey: "zone",
  labelSelector: { matchLabels: { app } },
  ...more,
});
const near = (...terms: PodAffinityTerm[]): Affinity => ({ podAffinity: { [required]: terms } });
const far = (...terms: PodAffinityTerm[]): Affinity => ({ podAntiAffinity: { [required]: terms } });
const labelled = (name: string, node: string, labels: Record<string, string>, affinity?: Affinity, namespace = "default") =>
  aPod(name, { nodeName: node, ...(affinity && { affinity }) }, { labels, namespace });

/** Two nodes in zone a, one in b, one in none. */
const nodes = () => [aNode("a1", { zone: "a" }), aNode("a2", { zone: "a" }), aNode("b1", { zone: "b" }), aNode("none", {})];
const db = labelled("db", "a1", { app: "db" });

type Case = [what: string, there: Pod[], pod: Pod, expected: (readonly string[])[]];
const cases: Case[] = [
  ["near to what is in a zone", [db], aPod("p", { affinity: near(term("db")) }), [[], [], NO_AFFINITY, NO_AFFINITY]],
  ["near to nothing that is there", [], aPod("p", { affinity: near(term("db")) }), [NO_AFFINITY, NO_AFFINITY, NO_AFFINITY, NO_AFFINITY]],
  [
    "the first of those that want to be together",
    [],
    aPod("p", { affinity: near(term("web")) }, { labels: { app: "web" } }),
    [[], [], [], NO_AFFINITY],
  ],
  [
    "the second of those that want to be together",
    [labelled("w", "b1", { app: "web" })],
    aPod("p", { affinity: near(term("web")) }, { labels: { app: "web" } }),
    [NO_AFFINITY, NO_AFFINITY, [], NO_AFFINITY],
  ],
  [
    "pods must fit all terms, not each another",
    [db, labelled("c", "b1", { app: "cache" })],
    aPod("p", { affinity: near(term("db"), term("cache")) }),
    [NO_AFFINITY, NO_AFFINITY, NO_AFFINITY, NO_AFFINITY],
  ],
  ["far from what is in a zone", [db], aPod("p", { affinity: far(term("db")) }), [ANTI, ANTI, [], []]],
  [
    "what is there does not want it",
    [labelled("db", "a1", {}, far(term("web")))],
    aPod("p", {}, { labels: { app: "web" } }),
    [THEIRS, THEIRS, [], []],
  ],
  [
    "another namespace does not count",
    [labelled("db", "a1", { app: "db" }, undefined, "other")],
    aPod("p", { affinity: far(term("db")) }),
    [[], [], [], []],
  ],
  [
    "a namespace that is named",
    [labelled("db", "a1", { app: "db" }, undefined, "other")],
    aPod("p", { affinity: far(term("db", { namespaces: ["other"] })) }),
    [ANTI, ANTI, [], []],
  ],
  [
    "a namespace that its labels choose",
    [labelled("db", "a1", { app: "db" }, undefined, "other"), labelled("x", "b1", { app: "db" })],
    aPod("p", { affinity: far(term("db", { namespaceSelector: { matchLabels: { team: "t" } } })) }),
    [ANTI, ANTI, [], []],
  ],
  [
    "the pod's own value of a label",
    [labelled("v1", "a1", { app: "web", version: "1" }), labelled("v2", "b1", { app: "web", version: "2" })],
    aPod("p", { affinity: far(term("web", { matchLabelKeys: ["version"] })) }, { labels: { version: "1" } }),
    [ANTI, ANTI, [], []],
  ],
  [
    "any but the pod's own value of a label",
    [labelled("v1", "a1", { app: "web", version: "1" }), labelled("v2", "b1", { app: "web", version: "2" })],
    aPod("p", { affinity: far(term("web", { mismatchLabelKeys: ["version"] })) }, { labels: { version: "1" } }),
    [[], [], ANTI, []],
  ],
  ["no selector chooses nothing", [db], aPod("p", { affinity: far({ topologyKey: "zone" }) }), [[], [], [], []]],
  ["an empty selector chooses all", [db], aPod("p", { affinity: far({ topologyKey: "zone", labelSelector: {} }) }), [ANTI, ANTI, [], []]],
];

describe("InterPodAffinity", () => {
  it.each(cases)("%s", (_, there, pod, expected) => {
    const cluster = new TestCluster(...nodes());
    cluster.setNamespace("other", { team: "t" });
    const plugin = interPodAffinity(cluster.context);
    cluster.place(...there);
    expect(cluster.reasons(plugin, pod)).toEqual(expected);
  });

  it("follows a namespace that gets other labels", () => {
    const cluster = new TestCluster(...nodes());
    const plugin = interPodAffinity(cluster.context);
    cluster.place(labelled("db", "a1", { app: "db" }, undefined, "other"));
    const pod = aPod("p", { affinity: far(term("db", { namespaceSelector: { matchLabels: { team: "t" } } })) });
    expect(cluster.reasons(plugin, pod)).toEqual([[], [], [], []]);
    cluster.setNamespace("other", { team: "t" });
    expect(cluster.reasons(plugin, pod)).toEqual([ANTI, ANTI, [], []]);
  });

  it("prefers what both sides wish, and gives nothing to anyone when all are alike", () => {
    const cluster = new TestCluster(...nodes());
    const plugin = interPodAffinity(cluster.context);
    const wish = (weight: number, app: string) => ({ weight, podAffinityTerm: term(app) });
    const pod = aPod("p", {
      affinity: { podAffinity: { [preferred]: [wish(10, "db")] }, podAntiAffinity: { [preferred]: [wish(5, "noise")] } },
    });
    expect(cluster.scores(plugin, pod)).toEqual([0, 0, 0, 0]);
    cluster.place(db, labelled("n", "b1", { app: "noise" }));
    // 10 in zone a, -5 in zone b, 0 in none; twice, for the weight of the plugin.
    expect(cluster.scores(plugin, pod)).toEqual([200, 200, 0, 66]);
    const fan = { podAffinity: { [preferred]: [wish(7, "web")] } };
    cluster.place(labelled("fan", "b1", {}, fan), labelled("needy", "a1", {}, near(term("web"))));
    expect(cluster.scores(plugin, aPod("w", {}, { labels: { app: "web" } }))).toEqual([28, 28, 200, 0]);
  });
});

/** The rules in the simplest words, over all pods. */
function oracle(pod: Pod, nodeLabels: Record<string, string>, placed: readonly { pod: Pod; labels: Record<string, string> }[]): string[] {
  const matches = (of: Pod, t: PodAffinityTerm, other: Pod) =>
    other.metadata.namespace === of.metadata.namespace &&
    Object.entries(t.labelSelector?.matchLabels ?? { "": "" }).every(([k, v]) => other.metadata.labels?.[k] === v);
  const same = (t: PodAffinityTerm, labels: Record<string, string>) =>
    nodeLabels[t.topologyKey] !== undefined && nodeLabels[t.topologyKey] === labels[t.topologyKey];
  const affinity = pod.spec.affinity?.podAffinity?.[required] ?? [];
  const anti = pod.spec.affinity?.podAntiAffinity?.[required] ?? [];
  const friends = placed.filter((o) => affinity.every((t) => matches(pod, t, o.pod)));
  if (affinity.some((t) => nodeLabels[t.topologyKey] === undefined)) return NO_AFFINITY;
  const isFirst =
    !friends.some((f) => affinity.some((t) => f.labels[t.topologyKey] !== undefined)) && affinity.every((t) => matches(pod, t, pod));
  if (!isFirst && !affinity.every((t) => friends.some((f) => same(t, f.labels)))) return NO_AFFINITY;
  if (anti.some((t) => placed.some((o) => matches(pod, t, o.pod) && same(t, o.labels)))) return ANTI;
  const theirs = placed.some((o) =>
    (o.pod.spec.affinity?.podAntiAffinity?.[required] ?? []).some((t) => matches(o.pod, t, pod) && same(t, o.labels)),
  );
  return theirs ? THEIRS : [];
}

const aTerm = fc
  .record({ app: fc.constantFrom("x", "y"), topologyKey: fc.constantFrom("zone", "host") })
  .map(({ app, topologyKey }) => term(app, { topologyKey }));
const anAffinity = fc.record({ near: fc.array(aTerm, { maxLength: 2 }), far: fc.array(aTerm, { maxLength: 1 }) });
const aLabel = fc.constantFrom("x", "y", "z");
const step = fc.oneof(
  fc.record({ place: fc.nat(5), on: fc.nat(2), app: aLabel, affinity: anAffinity }),
  fc.record({ remove: fc.nat(5) }),
  fc.record({ node: fc.nat(2), zone: fc.constantFrom("a", "b", undefined) }),
  fc.record({ removeNode: fc.nat(2) }),
);

describe("the counts of InterPodAffinity", () => {
  it("say after any changes what a look at all pods says", () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 30 }),
        fc.array(fc.tuple(aLabel, anAffinity), { minLength: 1, maxLength: 3 }),
        (steps, asked) => {
          const cluster = new TestCluster();
          const plugin = interPodAffinity(cluster.context);
          const placed = new Map<string, Pod>();
          const labels = new Map<string, Record<string, string>>();
          const questions = asked.map(([app, { near: n, far: f }], i) =>
            aPod(`q${i}`, { affinity: { ...near(...n), ...far(...f) } }, { labels: { app } }),
          );
          for (const s of steps) {
            if ("place" in s) {
              const [uid, { near: n, far: f }] = [`u${s.place}`, s.affinity];
              const pod = aPod(uid, { nodeName: `n${s.on}`, affinity: { ...near(...n), ...far(...f) } }, { uid, labels: { app: s.app } });
              placed.set(uid, pod);
              cluster.place(pod);
            } else if ("remove" in s) {
              placed.delete(`u${s.remove}`);
              cluster.cluster.removePod(`u${s.remove}`);
            } else if ("node" in s) {
              labels.set(`n${s.node}`, { host: `n${s.node}`, ...(s.zone && { zone: s.zone }) });
              cluster.cluster.setNode(aNode(`n${s.node}`, labels.get(`n${s.node}`)));
            } else {
              labels.delete(`n${s.removeNode}`);
              cluster.cluster.removeNode(`n${s.removeNode}`);
            }
            const there = [...placed.values()].flatMap((pod) => {
              const at = labels.get(pod.spec.nodeName ?? "");
              return at ? [{ pod, labels: at }] : [];
            });
            for (const pod of questions) {
              const expected = cluster.cluster.candidates.map(({ info }) => oracle(pod, labels.get(info.name) ?? {}, there));
              expect(cluster.reasons(plugin, pod)).toEqual(expected);
            }
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
