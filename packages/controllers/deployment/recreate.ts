import { type Draft, isActiveDraft } from "./draft.ts";

/** Asks for the old ReplicaSets to have no pods. Gives whether that changed anything. */
export function dropOld(old: readonly Draft[]): boolean {
  const active = old.filter(isActiveDraft);
  for (const d of active) d.replicas = 0;
  return active.length > 0;
}

/**
 * Whether a pod of an old template may still run, a terminating one included: Recreate starts nothing before all are gone. `runningPods` gives how many
 * pods of a ReplicaSet (by uid) have not ended. Source: deployment/recreate.go oldPodsRunning.
 */
export function oldPodsRun(old: readonly Draft[], runningPods: (uid: string) => number): boolean {
  return old.some(({ source }) => source && ((source.status?.replicas ?? 0) > 0 || runningPods(source.metadata.uid) > 0));
}
