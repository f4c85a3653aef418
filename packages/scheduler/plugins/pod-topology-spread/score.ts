import type { Node, Pod } from "@wherry/api";
import type { LabelSelector } from "@wherry/machinery";
import { type Candidate, MAX_SCORE } from "../../framework/plugin.ts";
import { defaultConstraints, ownConstraints } from "./constraints.ts";
import { type Domains, hasLabels, type KnownDomains } from "./domains.ts";

interface Wish {
  domains: Domains;
  /** Larger for topologies of more domains, so that those of few do not drown. */
  weight: number;
}

/** What a pod would like, and what its scores are computed from. */
export interface Preferred {
  wishes: readonly Wish[];
  /** Nodes without all of these labels get no score. */
  keys: readonly string[];
}

/** Undefined when there is nothing to prefer. */
export function prepareSpread(
  pod: Pod,
  candidates: readonly Candidate[],
  known: KnownDomains,
  selectorOf: (pod: Pod) => LabelSelector,
): { state: Preferred } | undefined {
  const own = pod.spec?.topologySpreadConstraints?.length ?? 0;
  const constraints = own > 0 ? ownConstraints(pod, "ScheduleAnyway") : defaultConstraints(pod, selectorOf(pod));
  if (constraints.length === 0) return undefined;
  const keys = own > 0 ? constraints.map((c) => c.topologyKey) : [];
  const scored = candidates.filter(({ node }) => hasLabels(node, keys));
  const wishes = constraints.map((c) => ({ domains: known.of(c), weight: Math.log(topologySize(scored, c.topologyKey) + 2) }));
  return { state: { wishes, keys } };
}

function topologySize(candidates: readonly Candidate[], topologyKey: string): number {
  if (topologyKey === "kubernetes.io/hostname") return candidates.length;
  return new Set(candidates.map(({ node }) => node.metadata.labels?.[topologyKey]).filter((domain) => domain !== undefined)).size;
}

/** The fewer pods are in the node's domains, the lower: `normalizeSpread` turns it round. Below 0 for nodes that get no score. */
export function scoreSpread(node: Node, { wishes, keys }: Preferred): number {
  if (!hasLabels(node, keys)) return -1;
  let score = 0;
  for (const { domains, weight } of wishes) {
    const { topologyKey, maxSkew } = domains.constraint;
    const domain = node.metadata.labels?.[topologyKey];
    if (domain !== undefined) score += domains.in(domain) * weight + (maxSkew - 1);
  }
  return Math.round(score);
}

export function normalizeSpread(scores: readonly number[]): number[] {
  const counted = scores.filter((score) => score >= 0);
  const min = counted.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const max = counted.reduce((a, b) => Math.max(a, b), 0);
  return scores.map((score) => {
    if (score < 0) return 0;
    return max === 0 ? MAX_SCORE : Math.floor((MAX_SCORE * (max + min - score)) / max);
  });
}
