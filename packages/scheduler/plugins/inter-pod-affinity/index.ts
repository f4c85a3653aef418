import type { ClusterObserver } from "../../cluster/cluster-cache.ts";
import type { TopologyCounts } from "../../cluster/topology-counts.ts";
import type { NodeInfo } from "../../framework/node-info.ts";
import { type ClusterEvent, definePlugin, MAX_SCORE, type Plugin, refusal } from "../../framework/plugin.ts";
import type { PluginContext } from "../../framework/plugin-context.ts";
import type { PodInfo } from "../../framework/pod-info.ts";
import { isChosen, type NamespaceLabels, type PodTerm } from "../../framework/pod-terms.ts";
import { type Chosen, ChosenPods } from "./chosen-pods.ts";
import { PlacedTerms } from "./placed-terms.ts";

const NO_AFFINITY = refusal("node(s) didn't match pod affinity rules", false);
const ANTI_AFFINITY = refusal("node(s) didn't match pod anti-affinity rules", true);
const THEIR_ANTI_AFFINITY = refusal("node(s) didn't satisfy existing pods anti-affinity rules", true);

/** How much it counts that a placed pod requires this one's company. Source: `hardPodAffinityWeight`. */
const REQUIRED_AFFINITY_WEIGHT = 1;

interface Rules {
  /** The pods that the pod must be near to. */
  near: Chosen | undefined;
  /** It is one of those itself: the first of them may go anywhere. */
  isOneOfThem: boolean;
  /** In domains with any of these it may not be. */
  far: readonly TopologyCounts[];
  /** Nor in those whose pods do not want it. */
  unwanted: readonly TopologyCounts[];
}

/** What counts for the score: so many, times so much. */
type Preference = readonly [counts: TopologyCounts, weight: number];

/**
 * Keeps pods near to and far from others, in topologies such as node and zone, as either side asks for. Source: kube-scheduler
 * interpodaffinity.
 */
export function interPodAffinity(context: PluginContext): Plugin {
  const { cluster, pods, namespaceLabels: labelsOf } = context;
  const chosen = new ChosenPods(pods, labelsOf);
  const unwanted = new PlacedTerms();
  const preferences = new PlacedTerms();
  cluster.observe(chosen);
  cluster.observe(observeTerms(unwanted, preferences));
  context.onEvent((event) => {
    if (event.type === "Changed" && event.kind === "Namespace") chosen.namespacesChanged();
  });
  return definePlugin<Rules, readonly Preference[]>({
    name: "InterPodAffinity",
    weight: 2,
    mayHelp: (event, pod) => (mayHelp(event, pod, labelsOf) ? "anywhere" : undefined),
    preFilter(pod) {
      const { affinity = [], antiAffinity = [] } = pod.terms ?? {};
      const state: Rules = {
        near: affinity.length > 0 ? chosen.byAll(affinity) : undefined,
        isOneOfThem: affinity.every((term) => isChosen(term, pod.pod, labelsOf)),
        far: antiAffinity.flatMap((term) => chosen.byAll([term]).counts),
        unwanted: unwanted.choosing(pod, labelsOf),
      };
      return state.near || state.far.length + state.unwanted.length > 0 ? { state } : undefined;
    },
    filter(_, { node }, { near, isOneOfThem, far, unwanted: theirs }) {
      const labels = node.metadata.labels ?? {};
      if (near && !isNear(near, isOneOfThem, labels)) return NO_AFFINITY;
      if (far.some((counts) => counts.at(labels))) return ANTI_AFFINITY;
      return theirs.some((counts) => counts.at(labels)) ? THEIR_ANTI_AFFINITY : undefined;
    },
    preScore(pod) {
      const own = [...(pod.terms?.preferred ?? []), ...(pod.terms?.avoided ?? [])];
      const state: Preference[] = [
        ...own.map((term): Preference => [chosen.byAll([term]).counts[0] as TopologyCounts, term.weight]),
        ...preferences.choosing(pod, labelsOf).map((counts): Preference => [counts, 1]),
      ].filter(([counts]) => !counts.empty);
      return state.length > 0 ? { state } : undefined;
    },
    score(_, { node }, state) {
      const labels = node.metadata.labels ?? {};
      return state.reduce((sum, [counts, weight]) => sum + (counts.at(labels) ?? 0) * weight, 0);
    },
    normalize: (scores) => spreadOut(scores),
  });
}

function isNear({ counts }: Chosen, isOneOfThem: boolean, labels: Readonly<Record<string, string>>): boolean {
  const found = counts.map((c) => c.at(labels));
  if (found.includes(undefined)) return false;
  return found.every((count) => count) || (isOneOfThem && counts.every((c) => c.empty));
}

/** Scales so that the lowest is 0 and the highest MAX_SCORE. */
function spreadOut(scores: readonly number[]): number[] {
  const min = scores.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const max = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return scores.map((score) => (max > min ? Math.floor((MAX_SCORE * (score - min)) / (max - min)) : 0));
}

function observeTerms(unwanted: PlacedTerms, preferences: PlacedTerms): ClusterObserver {
  const change = ({ terms }: PodInfo, node: NodeInfo, sign: 1 | -1) => {
    if (!terms) return;
    for (const term of terms.antiAffinity) unwanted.add(term, node, sign);
    for (const term of terms.affinity) preferences.add(term, node, sign * REQUIRED_AFFINITY_WEIGHT);
    for (const term of terms.preferred) preferences.add(weighed(term), node, sign * term.weight);
    for (const term of terms.avoided) preferences.add(weighed(term), node, sign * term.weight);
  };
  return { podAdded: (pod, node) => change(pod, node, 1), podRemoved: (pod, node) => change(pod, node, -1) };
}

/** Kept apart by weight: what cancels out must not look like nothing. */
const weighed = (term: PodTerm): PodTerm => ({ ...term, signature: `${term.weight} ${term.signature}` });

function mayHelp(event: ClusterEvent, info: PodInfo, labelsOf: NamespaceLabels): boolean {
  const { pod, terms } = info;
  switch (event.type) {
    case "PodUpdated":
      return (
        mayHelp({ ...event, type: "PodRemoved", pod: event.previous }, info, labelsOf) ||
        mayHelp({ ...event, type: "PodPlaced" }, info, labelsOf)
      );
    case "PodPlaced":
      return Boolean(terms?.affinity.some((term) => isChosen(term, event.pod.pod, labelsOf)));
    case "PodRemoved": {
      const wanted = [...(terms?.antiAffinity ?? []), ...(terms?.affinity ?? [])];
      return (
        wanted.some((term) => isChosen(term, event.pod.pod, labelsOf)) ||
        Boolean(event.pod.terms?.antiAffinity.some((term) => isChosen(term, pod, labelsOf)))
      );
    }
    case "Changed":
      return event.kind === "Namespace";
    default:
      return true;
  }
}
