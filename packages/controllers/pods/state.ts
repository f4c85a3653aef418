import { getCondition, isPodReady, type Pod } from "@wherry/api";

/** Since when the pod is ready, in milliseconds; undefined when it is not, or does not say. */
export function readySince(pod: Pod): number | undefined {
  const ready = getCondition(pod.status?.conditions, "Ready");
  if (ready?.status !== "True" || !ready.lastTransitionTime) return undefined;
  return Date.parse(ready.lastTransitionTime);
}

/** When a ready pod counts as available, in milliseconds; undefined when it is not ready. Source: podutil.IsPodAvailable. */
export function availableAt(pod: Pod, minReadySeconds: number): number | undefined {
  if (!isPodReady(pod)) return undefined;
  if (minReadySeconds === 0) return 0;
  const since = readySince(pod);
  return since === undefined ? undefined : since + minReadySeconds * 1000;
}

/** Milliseconds until the next ready pod counts as available; undefined when none is waiting for that. */
export function nextAvailable(pods: readonly Pod[], minReadySeconds: number, now: number): number | undefined {
  const waits = pods.map((p) => (availableAt(p, minReadySeconds) ?? 0) - now).filter((ms) => ms > 0);
  return waits.length > 0 ? Math.min(...waits) : undefined;
}
