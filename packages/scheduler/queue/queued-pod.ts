import type { Backoff } from "@wherry/base";
import type { PodInfo } from "../framework/pod-info.ts";

/** A pod that waits for a node. Once popped it belongs to the scheduler until it is given back. */
export interface QueuedPod {
  info: PodInfo;
  /** Order of arrival, kept over all attempts: who waits longest comes first among pods of one priority and age. */
  readonly order: number;
  /** Grows while binding fails. */
  readonly backoff: Backoff;
  /** It is tried for all parked pods of this group: the next of them follows when it found a node, or went away untried. */
  leads?: string | undefined;
  /** When it was parked, in milliseconds since the epoch. */
  parkedAt: number;
  /** The reason, and the nominated node, that were last told to the API. */
  told?: string;
}

/** By priority, then age, then arrival. Source: kube-scheduler queuesort. */
export function comesBefore(a: QueuedPod, b: QueuedPod): boolean {
  if (a.info.priority !== b.info.priority) return a.info.priority > b.info.priority;
  const [ageA, ageB] = [a.info.pod.metadata.creationTimestamp, b.info.pod.metadata.creationTimestamp];
  return ageA === ageB ? a.order < b.order : ageA < ageB;
}
