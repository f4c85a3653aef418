import { isPodAvailable, isPodReady, type Pod, type ReplicaSet, type ReplicaSetCondition, type ReplicaSetStatus } from "@wherry/api";
import { rfc3339 } from "@wherry/base";
import { omitEmpty } from "../omit-empty.ts";

/** Why the last attempt to create or delete pods failed. */
export interface ReplicaFailure {
  reason: "FailedCreate" | "FailedDelete";
  message: string;
}

/** The status that `pods` (its active pods) make. Source: replica_set_utils.go calculateStatus. */
export function replicaSetStatus(rs: ReplicaSet, pods: readonly Pod[], failure: ReplicaFailure | undefined, now: number): ReplicaSetStatus {
  const minReady = rs.spec.minReadySeconds ?? 0;
  const templateLabels = Object.entries(rs.spec.template?.metadata?.labels ?? {});
  const fullyLabeled = (pod: Pod) => templateLabels.every(([k, v]) => pod.metadata.labels?.[k] === v);
  return {
    replicas: pods.length,
    ...omitEmpty({
      fullyLabeledReplicas: pods.filter(fullyLabeled).length,
      readyReplicas: pods.filter(isPodReady).length,
      availableReplicas: pods.filter((p) => isPodAvailable(p, minReady, now)).length,
      observedGeneration: rs.metadata.generation ?? 0,
      conditions: conditions(rs, failure, now),
    }),
  };
}

/** A standing failure is kept as it is until an attempt succeeds. */
function conditions(rs: ReplicaSet, failure: ReplicaFailure | undefined, now: number): ReplicaSetCondition[] {
  const old = rs.status?.conditions ?? [];
  if (!failure) return old.filter((c) => c.type !== "ReplicaFailure");
  if (old.some((c) => c.type === "ReplicaFailure")) return old;
  return [...old, { type: "ReplicaFailure", status: "True", lastTransitionTime: rfc3339(now), ...failure }];
}
