import type { Node, Pod } from "@wherry/api";
import type { NodeInfo } from "./node-info.ts";
import type { PodInfo } from "./pod-info.ts";

/** A node that is there, as filters and scores see it. */
export interface Candidate {
  readonly node: Node;
  readonly info: NodeInfo;
}

/** What happened that may make a rejected pod fit. */
export type ClusterEvent =
  | { type: "NodeAdded"; node: Node }
  /** Labels, taints, schedulability, images or allocatable resources changed. */
  | { type: "NodeUpdated"; node: Node; previous: Node }
  | { type: "NodeRemoved"; node: Node }
  /** A pod got its node. */
  | { type: "PodPlaced"; pod: PodInfo; node: string }
  /** A pod got other labels on its node, or is on its way out. */
  | { type: "PodUpdated"; pod: PodInfo; previous: PodInfo; node: string }
  /** A pod left its node, or needs less. */
  | { type: "PodRemoved"; pod: PodInfo; node: string }
  /** An object of another kind appeared, changed or went. */
  | { type: "Changed"; kind: string; name: string; namespace?: string };

/** Which nodes an event may have made fit: the one that it is about, or any. */
export type Reach = "here" | "anywhere";

/** Why a pod cannot run on a node, in sentences that read well after a number of nodes. */
export interface Refusal {
  readonly reasons: readonly string[];
  /** Whether it might fit when other pods were gone. Source: `Unschedulable` against `UnschedulableAndUnresolvable`. */
  readonly resolvable: boolean;
}

/** What a plugin found out about a pod before all nodes. */
export interface PreFilter<S> {
  /** For its `filter`. */
  state?: S;
  /** No node at all will do. */
  refusal?: Refusal;
  /** Only these nodes are worth a look. */
  only?: ReadonlySet<string>;
}

/** Room that can be made for a pod; or why none can. */
export type Preemption = { node: string; victims: readonly PodInfo[] } | { message: string };

/** A pod that no node takes as it is. */
export interface Unplaced {
  pod: PodInfo;
  /** The nodes that might do when other pods were gone. */
  resolvable: readonly Candidate[];
  /** How many nodes there are. */
  nodes: number;
  /** The node on which room is already made for it. */
  nominated?: string | undefined;
  /** Why a node does not take the pod, as the cluster is at this moment. */
  judge(candidate: Candidate): Refusal | undefined;
}

/** Scores are between 0 and this after `normalize`. */
export const MAX_SCORE = 100;

/**
 * One rule of scheduling. A plugin implements only the points that it needs; `S` is what its `preFilter` computed for a pod, `T` what its
 * `preScore` did. All points but those around binding are synchronous and change nothing. What they look at is the cluster as it is at that
 * moment, also in the middle of an attempt: pods are put on nodes and taken away to find out what would be if. Source: kube-scheduler framework.
 */
export interface Plugin<S = unknown, T = unknown> {
  readonly name: string;
  /** How much the score counts; 1 when absent. */
  readonly weight?: number;
  /** Whether the event may turn this plugin's refusal of the pod into a yes, and where. Absent: never. Source: queueing hints. */
  mayHelp?(event: ClusterEvent, pod: PodInfo): Reach | undefined;
  /** Once for each attempt, before all filters. Nothing: the plugin has no say in this pod, and its `filter` is not asked. */
  preFilter?(pod: PodInfo): PreFilter<S> | undefined;
  /** Why the pod cannot run there; nothing when it can. */
  filter?(pod: PodInfo, candidate: Candidate, state: S): Refusal | undefined;
  /** After all filters, when no node is left: whether room can be made. The cluster is afterwards as it was. Source: PostFilter. */
  postFilter?(unplaced: Unplaced): Preemption;
  /** Once for each attempt, before all scores. Nothing: the plugin has no preference, and its `score` is not asked. */
  preScore?(pod: PodInfo, candidates: readonly Candidate[]): { state: T } | undefined;
  /** The higher the better. */
  score?(pod: PodInfo, candidate: Candidate, state: T): number;
  /** Brings the scores of all candidates between 0 and MAX_SCORE; needed when `score` is not. */
  normalize?(scores: readonly number[], candidates: readonly Candidate[], state: T): readonly number[];
  /** The pod will go to this node: set aside what it needs. A throw calls it off. */
  reserve?(pod: PodInfo, candidate: Candidate): void;
  /** It will not after all. Called also when `reserve` of this or another plugin threw; idempotent. */
  unreserve?(pod: PodInfo, candidate: Candidate): void;
  /**
   * Writes what must be written before the pod is bound; `until` is what the binding then waits for. A rejection of either calls the placement
   * off.
   */
  preBind?(pod: PodInfo, node: string): Promise<{ until: Promise<void> } | undefined>;
  /** Binds, and says that it did; the first plugin that does ends the search. A rejection calls the placement off. */
  bind?(pod: Pod, node: string): Promise<boolean>;
}

/** Gives a plugin its state types. */
export function definePlugin<S, T = unknown>(plugin: Plugin<S, T>): Plugin {
  return plugin as Plugin;
}

/** A refusal that is always the same. */
export function refusal(reason: string, resolvable: boolean): Refusal {
  return Object.freeze({ reasons: [reason], resolvable });
}

/** Scales scores so that the highest is MAX_SCORE; `reverse` makes the lowest the best. Source: helper.DefaultNormalizeScore. */
export function normalizeByMaximum(scores: readonly number[], reverse: boolean): number[] {
  const max = scores.reduce((a, b) => Math.max(a, b), 0);
  if (max === 0) return scores.map(() => (reverse ? MAX_SCORE : 0));
  return scores.map((score) => {
    const scaled = Math.floor((score * MAX_SCORE) / max);
    return reverse ? MAX_SCORE - scaled : scaled;
  });
}
