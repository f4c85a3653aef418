import type { Attempt, NodeRefusal } from "./framework.ts";
import type { Candidate } from "./plugin.ts";

/** Where a pod goes, and how many nodes were looked at for it; or why it cannot go anywhere. */
export type Placement = { candidate: Candidate; looked: number } | Failure;

/** Why a pod cannot go anywhere. */
export interface Failure {
  message: string;
  /** The plugins that refused it; empty when there was no node at all. */
  rejectedBy: ReadonlySet<string>;
  /** The nodes that might do when other pods were gone. */
  resolvable: readonly Candidate[];
  /** How many nodes there are. */
  nodes: number;
}

/** With more nodes than this not all are looked at: enough that fit are. Source: kube-scheduler `minFeasibleNodesToFind`. */
const ENOUGH_AT_LEAST = 100;

/** How a node is judged: `attempt.filter`, unless more is to be considered. */
export type Judge = (candidate: Candidate) => NodeRefusal | undefined;

export interface PlaceOptions {
  /** Index of the node to look at first, so that the same nodes are not always asked first. */
  start: number;
  /** Between 0 and 1: picks among equally good nodes. */
  random: () => number;
  judge?: Judge;
  /** How many percent of the nodes must fit before the search ends; 0 or absent adapts to their number. */
  percentage?: number;
}

/** Finds the best node for a pod. */
export function place(attempt: Attempt, candidates: readonly Candidate[], options: PlaceOptions): Placement {
  const nodes = candidates.length;
  if (nodes === 0) return { message: "no nodes available to schedule pods", rejectedBy: new Set(), resolvable: [], nodes };
  if (attempt.refusal) return refusedBeforeAll(attempt.refusal, candidates);
  const { start, random, judge = (candidate) => attempt.filter(candidate), percentage } = options;
  const enough = enoughFor(nodes, percentage);
  const refusals = new Refusals();
  const feasible: Candidate[] = [];
  let looked = 0;
  for (; looked < nodes && feasible.length < enough; looked++) {
    const candidate = candidates[(start + looked) % nodes] as Candidate;
    const refusal = judge(candidate);
    if (refusal) refusals.add(refusal, candidate);
    else feasible.push(candidate);
  }
  const [only] = feasible;
  if (!only) return { message: explain(nodes, refusals.counts), rejectedBy: refusals.by, resolvable: refusals.resolvable, nodes };
  return { candidate: feasible.length === 1 ? only : best(feasible, attempt.score(feasible), random), looked };
}

/** Source: kube-scheduler `numFeasibleNodesToFind`, adaptive when no percentage is given. */
export function enoughFor(nodes: number, given = 0): number {
  if (nodes <= ENOUGH_AT_LEAST) return nodes;
  const percentage = given || Math.max(5, 50 - Math.floor(nodes / 125));
  return Math.max(ENOUGH_AT_LEAST, Math.floor((nodes * percentage) / 100));
}

/** Source of the wording: kube-scheduler `FitError`. */
export function explain(nodes: number, counts: ReadonlyMap<string, number>): string {
  const reasons = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${nodes} nodes are available: ${reasons.join(", ")}.`;
}

function refusedBeforeAll(refusal: NodeRefusal, candidates: readonly Candidate[]): Failure {
  const message = `0/${candidates.length} nodes are available: ${refusal.reasons.join(", ")}.`;
  const resolvable = refusal.resolvable ? candidates : [];
  return { message, rejectedBy: new Set([refusal.plugin]), resolvable, nodes: candidates.length };
}

class Refusals {
  readonly counts = new Map<string, number>();
  readonly by = new Set<string>();
  readonly resolvable: Candidate[] = [];

  add(refusal: NodeRefusal, candidate: Candidate): void {
    this.by.add(refusal.plugin);
    if (refusal.resolvable) this.resolvable.push(candidate);
    for (const reason of refusal.reasons) this.counts.set(reason, (this.counts.get(reason) ?? 0) + 1);
  }
}

/** Any of those with the highest score. */
function best(candidates: readonly Candidate[], scores: readonly number[], random: () => number): Candidate {
  let top: number[] = [];
  let highest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i] as number;
    if (score > highest) {
      highest = score;
      top = [i];
    } else if (score === highest) top.push(i);
  }
  return candidates[top[Math.floor(random() * top.length)] as number] as Candidate;
}
