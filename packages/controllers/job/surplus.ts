import type { Job, Pod } from "@wherry/api";
import { podsToDelete } from "../replicaset/ranking.ts";
import { completionIndexOf, hasValidIndex, isIndexed } from "./tracked-pod.ts";

/**
 * The active pods to delete, at least `count` of them: first those of an Indexed job that have no index of it, or one that another has, too; then those whose
 * loss costs least. Source: job_controller.go `activePodsForRemoval`.
 */
export function surplusPods(job: Job, active: readonly Pod[], count: number, now: number): Pod[] {
  const rank = (pods: readonly Pod[], n: number) => podsToDelete(pods, n, { related: [], minReadySeconds: 0, now });
  if (!isIndexed(job)) return rank(active, count);
  const byIndex = Map.groupBy(active, (pod) => (hasValidIndex(job, pod) ? completionIndexOf(pod) : undefined));
  const useless = [...byIndex].flatMap(([index, pods]) => (index === undefined ? pods : rank(pods, pods.length - 1)));
  const rest = active.filter((pod) => !useless.includes(pod));
  return [...useless, ...(count > useless.length ? rank(rest, count - useless.length) : [])];
}
