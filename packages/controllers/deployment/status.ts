import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSetCondition } from "@wherry/api";
import { omitEmpty } from "../omit-empty.ts";
import { type Finding, withCondition, withoutCondition } from "./conditions.ts";
import { type Draft, totalReplicas } from "./draft.ts";
import { boundsOf } from "./fenceposts.ts";

/** The counts of a status, with `conditions` and Available brought up to date. Source: deployment/sync.go calculateStatus. */
export function deploymentStatus(
  d: Deployment,
  all: readonly Draft[],
  newest: Draft | undefined,
  conditions: readonly DeploymentCondition[],
  now: number,
): DeploymentStatus {
  type Count = "replicas" | "readyReplicas" | "availableReplicas";
  const sum = (count: Count) => all.reduce((total, { source }) => total + (source?.status?.[count] ?? 0), 0);
  const available = sum("availableReplicas");
  return omitEmpty({
    observedGeneration: d.metadata.generation ?? 0,
    replicas: sum("replicas"),
    updatedReplicas: newest?.source?.status?.replicas ?? 0,
    readyReplicas: sum("readyReplicas"),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, totalReplicas(all) - available),
    collisionCount: d.status?.collisionCount ?? 0,
    conditions: withCondition(conditions, availability(d, available), now),
  });
}

function availability(d: Deployment, available: number): Finding {
  const { desired, maxUnavailable } = boundsOf(d);
  const enough = available >= desired - maxUnavailable;
  return {
    type: "Available",
    status: enough ? "True" : "False",
    reason: enough ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
    message: `Deployment ${enough ? "has" : "does not have"} minimum availability.`,
  };
}

/** Passes on why pods can not be made: the newest ReplicaSet's reason, else another's. Source: deployment/progress.go getReplicaFailures. */
export function failureConditions(
  conditions: readonly DeploymentCondition[],
  all: readonly Draft[],
  newest: Draft | undefined,
  now: number,
): DeploymentCondition[] {
  const failure = failureOf(newest) ?? all.map(failureOf).find((c) => c !== undefined);
  if (!failure) return withoutCondition(conditions, "ReplicaFailure");
  const { status, reason = "", message = "" } = failure;
  return withCondition(conditions, { type: "ReplicaFailure", status: status as Finding["status"], reason, message }, now);
}

const failureOf = (d: Draft | undefined): ReplicaSetCondition | undefined =>
  d?.source?.status?.conditions?.find((c) => c.type === "ReplicaFailure");
