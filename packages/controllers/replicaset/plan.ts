import type { Pod, ReplicaSet } from "@wherry/api";
import { podsToDelete } from "./ranking.ts";

/** The most pods that one reconcile creates or deletes. Source: replicaset.BurstReplicas. */
export const BURST_REPLICAS = 500;

/** What one reconcile works with: taken from listers, never changed. */
export interface ReplicaSetSnapshot {
  rs: ReplicaSet;
  /** Its active pods. */
  pods: readonly Pod[];
  /** The active pods of all ReplicaSets with the same controller; asked for only when pods are deleted. */
  related: () => readonly Pod[];
}

/** How many pods to create, and which to delete; at most one of the two is not empty. */
export interface ReplicaSetPlan {
  create: number;
  delete: Pod[];
}

/** What makes the number of active pods the wanted one. */
export function planReplicaSet({ rs, pods, related }: ReplicaSetSnapshot, now: number): ReplicaSetPlan {
  if (rs.metadata.deletionTimestamp) return { create: 0, delete: [] };
  const wanted = rs.spec.replicas ?? 1;
  if (pods.length <= wanted) return { create: Math.min(wanted - pods.length, BURST_REPLICAS), delete: [] };
  const context = { related: related(), minReadySeconds: rs.spec.minReadySeconds ?? 0, now };
  return { create: 0, delete: podsToDelete(pods, Math.min(pods.length - wanted, BURST_REPLICAS), context) };
}
