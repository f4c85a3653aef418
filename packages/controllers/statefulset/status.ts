import { isPodReady, type StatefulSetStatus } from "@wherry/api";
import { isWell, revisionOf, type StatefulSnapshot } from "./snapshot.ts";

/**
 * What is there. Once every pod is of the new revision and ready, that is the current one. Source: stateful_set_control.go updateReplicaStatus,
 * completeRollingUpdate.
 */
export function statefulSetStatus(snapshot: StatefulSnapshot, collisions: number): StatefulSetStatus {
  const { set, update } = snapshot;
  const pods = snapshot.pods.filter(({ status }) => status?.phase);
  const ready = pods.filter((pod) => pod.status?.phase === "Running" && isPodReady(pod));
  const countOf = (revision: string) => pods.filter((pod) => !pod.metadata.deletionTimestamp && revisionOf(pod) === revision).length;
  const updated = countOf(update);
  const complete = set.spec.updateStrategy?.type !== "OnDelete" && updated === pods.length && ready.length === pods.length;
  const current = complete ? update : snapshot.current;
  const currentReplicas = complete ? updated : countOf(current);
  const { conditions } = set.status ?? {};
  return {
    availableReplicas: ready.filter((pod) => isWell(snapshot, pod)).length,
    ...(collisions > 0 && { collisionCount: collisions }),
    ...(conditions && { conditions }),
    ...(currentReplicas > 0 && { currentReplicas }),
    currentRevision: current,
    ...(set.metadata.generation !== undefined && { observedGeneration: set.metadata.generation }),
    ...(ready.length > 0 && { readyReplicas: ready.length }),
    replicas: pods.length,
    updateRevision: update,
    ...(updated > 0 && { updatedReplicas: updated }),
  };
}
