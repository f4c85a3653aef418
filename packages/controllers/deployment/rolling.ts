import { byAge, type Draft, isActiveDraft, isObserved, safelyAvailable, totalReplicas } from "./draft.ts";
import type { Bounds } from "./fenceposts.ts";

/**
 * One step of a rolling update on drafts: first the new ReplicaSet grows as far as the surge allows; when it does not, the old ones shrink, unhealthy
 * pods first, as far as availability allows. Gives whether anything changed. Never plans more than `desired + maxSurge` pods, and never takes away an
 * available pod below `desired - maxUnavailable`; so nothing shrinks while a status is behind its spec. Source: deployment/rolling.go.
 */
export function stepRolling(newest: Draft, old: readonly Draft[], bounds: Bounds): boolean {
  return scaleNew(newest, old, bounds) || scaleOld(newest, old, bounds);
}

/** How many replicas the new ReplicaSet may have now. Source: deploymentutil.NewRSNewReplicas. */
export function newReplicas(current: number, total: number, { desired, maxSurge }: Bounds): number {
  const room = desired + maxSurge - total;
  return room <= 0 ? current : current + Math.min(room, desired - current);
}

function scaleNew(newest: Draft, old: readonly Draft[], bounds: Bounds): boolean {
  const before = newest.replicas;
  if (before > bounds.desired) newest.replicas = bounds.desired;
  else if (before < bounds.desired) newest.replicas = newReplicas(before, totalReplicas([newest, ...old]), bounds);
  return newest.replicas !== before;
}

function scaleOld(newest: Draft, old: readonly Draft[], { desired, maxUnavailable }: Bounds): boolean {
  const before = totalReplicas(old);
  if (before === 0 || ![newest, ...old].every(isObserved)) return false;
  const minAvailable = desired - maxUnavailable;
  const newUnavailable = newest.replicas - safelyAvailable(newest);
  const removable = totalReplicas([newest, ...old]) - minAvailable - newUnavailable;
  if (removable <= 0) return false;
  const oldestFirst = old.filter(isActiveDraft).sort(byAge);
  dropUnhealthy(oldestFirst, removable);
  const available = [newest, ...old].reduce((sum, d) => sum + safelyAvailable(d), 0);
  dropReplicas(oldestFirst, available - minAvailable);
  return totalReplicas(old) !== before;
}

/** Pods that never became available cost nothing to drop, and may be what blocks the rollout. */
function dropUnhealthy(oldestFirst: readonly Draft[], limit: number): void {
  let left = limit;
  for (const d of oldestFirst) {
    const unhealthy = d.replicas - (d.source?.status?.availableReplicas ?? 0);
    const drop = Math.max(0, Math.min(left, unhealthy));
    d.replicas -= drop;
    left -= drop;
  }
}

function dropReplicas(oldestFirst: readonly Draft[], limit: number): void {
  let left = limit;
  for (const d of oldestFirst) {
    const drop = Math.max(0, Math.min(left, d.replicas));
    d.replicas -= drop;
    left -= drop;
  }
}
