import type { Attempt } from "./framework.ts";
import type { Candidate } from "./plugin.ts";

/** Where a pod goes; or why it cannot go anywhere, and which plugins said so. */
export type Placement = { candidate: Candidate } | { message: string; rejectedBy: ReadonlySet<string> };

/** With more nodes than this not all are looked at: enough that fit are. Source: kube-scheduler `minFeasibleNodesToFind`. */
const ENOUGH_AT_LEAST = 100;

/**
 * Finds the best node for a pod.
 * @param start index of the node to look at first, so that the same nodes are not always asked first
 * @param random between 0 and 1: picks among equally good nodes
 */
export function place(attempt: Attempt, candidates: readonly Candidate[], start: number, random: () => number): Placement {
  if (candidates.length === 0) return { message: "no nodes available to schedule pods", rejectedBy: new Set() };
  const enough = enoughFor(candidates.length);
  const feasible: Candidate[] = [];
  const counts = new Map<string, number>();
  const rejectedBy = new Set<string>();
  for (let i = 0; i < candidates.length && feasible.length < enough; i++) {
    const candidate = candidates[(start + i) % candidates.length] as Candidate;
    const refusal = attempt.filter(candidate);
    if (!refusal) {
      feasible.push(candidate);
      continue;
    }
    rejectedBy.add(refusal.plugin);
    for (const reason of refusal.reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  const [only] = feasible;
  if (!only) return { message: explain(candidates.length, counts), rejectedBy };
  return { candidate: feasible.length === 1 ? only : best(feasible, attempt.score(feasible), random) };
}

/** Source: kube-scheduler `numFeasibleNodesToFind`, adaptive. */
export function enoughFor(nodes: number): number {
  if (nodes <= ENOUGH_AT_LEAST) return nodes;
  const percentage = Math.max(5, 50 - Math.floor(nodes / 125));
  return Math.max(ENOUGH_AT_LEAST, Math.floor((nodes * percentage) / 100));
}

/** Source of the wording: kube-scheduler `FitError`. */
function explain(nodes: number, counts: ReadonlyMap<string, number>): string {
  const reasons = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${nodes} nodes are available: ${reasons.join(", ")}.`;
}

function best(candidates: readonly Candidate[], scores: readonly number[], random: () => number): Candidate {
  const highest = Math.max(...scores);
  const top = candidates.filter((_, i) => scores[i] === highest);
  return top[Math.floor(random() * top.length)] as Candidate;
}
