import {
  type DaemonSet,
  type Deployment,
  type EndpointSlice,
  isConditionTrue,
  isPodReady,
  type Job,
  type Pod,
  type ReplicaSet,
  type Service,
  type StatefulSet,
} from "@wherry/api";

/** Why an object cannot be relied on yet, for people to read; undefined when it can. */
export type Unready = string | undefined;

/** Available, with at least one pod. */
export function deploymentUnready({ status, spec }: Deployment): Unready {
  const available = status?.availableReplicas ?? 0;
  return available > 0 && isConditionTrue(status?.conditions, "Available") ? undefined : `${available} of ${spec.replicas ?? 1} available`;
}

/** All pods ready, and at least one: of a ReplicaSet, a ReplicationController or a StatefulSet. */
export function replicasUnready({ spec, status }: Pick<ReplicaSet | StatefulSet, "spec" | "status">): Unready {
  return counted(status?.readyReplicas ?? 0, spec?.replicas ?? 1);
}

/** A ready pod on each node that is to have one, and on at least one. */
export function daemonSetUnready({ status }: DaemonSet): Unready {
  return counted(status?.numberReady ?? 0, status?.desiredNumberScheduled ?? 0);
}

const counted = (ready: number, wanted: number): Unready => (ready > 0 && ready >= wanted ? undefined : `${ready} of ${wanted} ready`);

export function jobUnready({ status }: Job): Unready {
  if (isConditionTrue(status?.conditions, "Complete")) return undefined;
  return isConditionTrue(status?.conditions, "Failed") ? "failed" : "not complete";
}

export function podUnready(pod: Pod): Unready {
  return isPodReady(pod) || pod.status?.phase === "Succeeded" ? undefined : "not ready";
}

/** @param slices those of the service */
export function serviceUnready({ spec }: Service, slices: readonly EndpointSlice[]): Unready {
  if (spec?.type === "ExternalName") return undefined;
  const ready = slices.some(({ endpoints }) => (endpoints ?? []).some(({ conditions }) => conditions?.ready !== false));
  return ready ? undefined : "no ready endpoint";
}
