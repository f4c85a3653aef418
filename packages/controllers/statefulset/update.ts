import { resolveIntOrPercent } from "@wherry/machinery";
import type { StatefulAction } from "./plan.ts";
import { isWell, type Replica, type Roster, revisionOf, type StatefulSnapshot } from "./snapshot.ts";

/**
 * The next pods to be made anew of the new revision: the highest ordinals first, down to the partition, and no more at once than may be missing. Pods that are ill
 * count as missing, whatever they are of. Source: stateful_set_control.go updateStatefulSetAfterInvariantEstablished.
 */
export function nextToUpdate(snapshot: StatefulSnapshot, { replicas }: Roster): StatefulAction[] {
  const { rollingUpdate } = snapshot.set.spec.updateStrategy ?? {};
  const targets = replicas.slice(rollingUpdate?.partition ?? 0).reverse();
  return rollingUpdate?.maxUnavailable === undefined
    ? oneByOne(snapshot, targets)
    : severalAtOnce(snapshot, replicas, targets, rollingUpdate.maxUnavailable);
}

function oneByOne(snapshot: StatefulSnapshot, targets: readonly Replica[]): StatefulAction[] {
  for (const target of targets) {
    if (isOutdated(snapshot, target)) return [outdated(target)];
    if (!target.pod || !isWell(snapshot, target.pod)) return [];
  }
  return [];
}

function severalAtOnce(
  snapshot: StatefulSnapshot,
  replicas: readonly Replica[],
  targets: readonly Replica[],
  limit: number | string,
): StatefulAction[] {
  const most = Math.max(1, resolveIntOrPercent(limit, replicas.length, false));
  const missing = replicas.filter(({ pod }) => !pod || !isWell(snapshot, pod)).length;
  return targets
    .filter((target) => isOutdated(snapshot, target))
    .slice(0, Math.max(0, most - missing))
    .map(outdated);
}

const isOutdated = ({ update }: StatefulSnapshot, { pod }: Replica): boolean =>
  pod !== undefined && !pod.metadata.deletionTimestamp && revisionOf(pod) !== update;

const outdated = ({ pod, ordinal }: Replica): StatefulAction => ({ do: "delete", pod: pod!, ordinal, why: "outdated" });
