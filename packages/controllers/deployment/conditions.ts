import type { DeploymentCondition } from "@wherry/api";
import { rfc3339 } from "@wherry/base";

/** What a condition says. */
export interface Finding {
  type: "Available" | "Progressing" | "ReplicaFailure";
  status: "True" | "False" | "Unknown";
  reason: string;
  message: string;
}

/** The condition of this type, if there is one. */
export function conditionOf(
  conditions: readonly DeploymentCondition[] | undefined,
  type: Finding["type"],
): DeploymentCondition | undefined {
  return conditions?.find((c) => c.type === type);
}

/**
 * The list with `finding` in it. A condition with the same status and reason stays as it is, times and message included; one with the same status keeps
 * its transition time. Source: deploymentutil.SetDeploymentCondition.
 */
export function withCondition(conditions: readonly DeploymentCondition[], finding: Finding, now: number): DeploymentCondition[] {
  const current = conditionOf(conditions, finding.type);
  if (current && current.status === finding.status && current.reason === finding.reason) return [...conditions];
  return [...withoutCondition(conditions, finding.type), renew(current, finding, now)];
}

/** As `withCondition`, but a repeated finding renews the update time: how progress is told from standing still. */
export function withProgress(conditions: readonly DeploymentCondition[], finding: Finding, now: number): DeploymentCondition[] {
  const current = conditionOf(conditions, finding.type);
  return [...withoutCondition(conditions, finding.type), renew(current, finding, now)];
}

export function withoutCondition(conditions: readonly DeploymentCondition[], type: Finding["type"]): DeploymentCondition[] {
  return conditions.filter((c) => c.type !== type);
}

function renew(current: DeploymentCondition | undefined, finding: Finding, now: number): DeploymentCondition {
  const time = rfc3339(now);
  const lastTransitionTime = (current?.status === finding.status && current.lastTransitionTime) || time;
  return { ...finding, lastUpdateTime: time, lastTransitionTime };
}
