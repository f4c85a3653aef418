import type { Node, Pod } from "@wherry/api";
import type { NodeInfo } from "./node-info.ts";
import type { PodInfo } from "./pod-info.ts";

/** A node that is there, as filters and scores see it. */
export interface Candidate {
  readonly node: Node;
  readonly info: NodeInfo;
}

/**
 * What may make a rejected pod fit a node:
 * - `NodeAdded`: the node appeared;
 * - `NodeUpdated`: its labels, taints, schedulability or allocatable resources changed;
 * - `PodRemoved`: a pod left it or needs less.
 */
export type ClusterEvent = "NodeAdded" | "NodeUpdated" | "PodRemoved";

/** Scores are between 0 and this after `normalize`. */
export const MAX_SCORE = 100;

/**
 * One rule of scheduling. A plugin implements only the points that it needs; `S` is what its `preFilter` computed for a pod, handed to all
 * later points of that attempt. All points but `bind`, `reserve` and `unreserve` are pure and synchronous. Source: kube-scheduler framework.
 */
export interface Plugin<S = unknown> {
  readonly name: string;
  /** Which events may turn this plugin's `filter` from no to yes. */
  readonly events?: readonly ClusterEvent[];
  /** How much the score counts; 1 when absent. */
  readonly weight?: number;
  /** Once for each attempt, before all filters. */
  preFilter?(pod: PodInfo): S;
  /** Why the pod cannot run there, in sentences that read well after a number of nodes; nothing when it can. */
  filter?(pod: PodInfo, candidate: Candidate, state: S): readonly string[];
  /** The higher the better. */
  score?(pod: PodInfo, candidate: Candidate, state: S): number;
  /** Brings the scores of all candidates between 0 and MAX_SCORE; needed when `score` is not. */
  normalize?(scores: readonly number[]): number[];
  /** The pod will go to this node: set aside what it needs. A throw calls it off. */
  reserve?(pod: PodInfo, candidate: Candidate, state: S): void;
  /** It will not after all. Called also when `reserve` of this or another plugin threw; idempotent. */
  unreserve?(pod: PodInfo, candidate: Candidate, state: S): void;
  /** Binds, and says that it did; the first plugin that does ends the search. A rejection calls the placement off. */
  bind?(pod: Pod, node: string): Promise<boolean>;
}

/** Gives a plugin its state type. */
export function definePlugin<S>(plugin: Plugin<S>): Plugin {
  return plugin as Plugin;
}

/** Scales scores so that the highest is MAX_SCORE; `reverse` makes the lowest the best. Source: helper.DefaultNormalizeScore. */
export function normalizeByMaximum(scores: readonly number[], reverse: boolean): number[] {
  const max = Math.max(0, ...scores);
  if (max === 0) return scores.map(() => (reverse ? MAX_SCORE : 0));
  return scores.map((score) => {
    const scaled = Math.floor((score * MAX_SCORE) / max);
    return reverse ? MAX_SCORE - scaled : scaled;
  });
}
