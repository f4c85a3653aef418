import type { PodInfo } from "../../framework/pod-info.ts";

/** When the pod began to run; the end of time when it has not. */
export function startedAt({ pod }: PodInfo): number {
  return pod.status?.startTime ? Date.parse(pod.status.startTime) : Number.POSITIVE_INFINITY;
}

/** The more important first: by priority, then by who runs longer. Source: `MoreImportantPod`. */
export function byImportance(a: PodInfo, b: PodInfo): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  const [startA, startB] = [startedAt(a), startedAt(b)];
  return startA === startB ? 0 : startA - startB;
}
