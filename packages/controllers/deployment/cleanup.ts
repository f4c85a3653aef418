import type { Deployment, ReplicaSet } from "@wherry/api";
import { byAge, type Draft } from "./draft.ts";
import { revisionOf } from "./revision.ts";

/** The value of revisionHistoryLimit that means no limit. */
const NO_LIMIT = 2 ** 31 - 1;

/**
 * The old ReplicaSets beyond `spec.revisionHistoryLimit`, lowest revision first; those with pods, or whose status is behind, are spared.
 * Source: deployment/sync.go cleanupDeployment.
 */
export function beyondHistory(d: Deployment, old: readonly Draft[]): ReplicaSet[] {
  const limit = d.spec.revisionHistoryLimit ?? NO_LIMIT;
  const alive = old.filter(({ source }) => source && !source.metadata.deletionTimestamp);
  if (limit === NO_LIMIT || alive.length <= limit) return [];
  const byRevision = alive.sort((a, b) => revisionOf(a.annotations) - revisionOf(b.annotations) || byAge(a, b));
  return byRevision
    .slice(0, alive.length - limit)
    .filter(isIdle)
    .flatMap(({ source }) => source ?? []);
}

function isIdle({ source, replicas }: Draft): boolean {
  if (!source || replicas !== 0 || source.spec.replicas !== 0 || (source.status?.replicas ?? 0) !== 0) return false;
  return (source.metadata.generation ?? 0) <= (source.status?.observedGeneration ?? 0);
}
