import type { Pod } from "../../../generated/types.ts";
import { getCondition, isConditionTrue } from "../../conditions.ts";

/** Whether the pod has ended for good: no container of it will run again. */
export function isPodTerminal(pod: Pod): boolean {
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
}

/** Whether the pod counts as one of its controller's replicas: neither ended nor being deleted. */
export function isPodActive(pod: Pod): boolean {
  return !isPodTerminal(pod) && !pod.metadata.deletionTimestamp;
}

/** Whether the pod's `Ready` condition is true: it may get traffic. */
export function isPodReady(pod: Pod): boolean {
  return isConditionTrue(pod.status?.conditions, "Ready");
}

/**
 * Whether the pod has been ready for `minReadySeconds`. Source: `podutil.IsPodAvailable`.
 * @param now milliseconds since the epoch
 */
export function isPodAvailable(pod: Pod, minReadySeconds: number, now: number): boolean {
  const ready = getCondition(pod.status?.conditions, "Ready");
  if (ready?.status !== "True") return false;
  if (minReadySeconds === 0) return true;
  return ready.lastTransitionTime !== undefined && Date.parse(ready.lastTransitionTime) + minReadySeconds * 1000 <= now;
}

/** Whether a scheduler has to find a node for the pod. */
export function isPodScheduled(pod: Pod): boolean {
  return Boolean(pod.spec.nodeName);
}

/** Seconds to grant a pod that is deleted; 0 is at once. Source: pod strategy `CheckGracefulDelete`. */
export function podGracePeriodSeconds(pod: Pod, requested: number | undefined): number {
  if (!isPodScheduled(pod) || isPodTerminal(pod)) return 0;
  const seconds = requested ?? pod.spec.terminationGracePeriodSeconds ?? 0;
  return seconds < 0 ? 1 : seconds;
}
