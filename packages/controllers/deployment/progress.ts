import type { Deployment, DeploymentCondition, DeploymentStatus } from "@wherry/api";
import { conditionOf, withCondition, withoutCondition, withProgress } from "./conditions.ts";

/** The value of progressDeadlineSeconds that means none. */
const NO_DEADLINE = 2 ** 31 - 1;

/** Whether the Deployment wants to know when its rollout is stuck. */
export function hasDeadline(d: Deployment): boolean {
  const seconds = d.spec.progressDeadlineSeconds;
  return seconds !== undefined && seconds !== NO_DEADLINE;
}

/** Whether all replicas are of the newest template and available. Source: deploymentutil.DeploymentComplete. */
export function isComplete(d: Deployment, status: DeploymentStatus): boolean {
  const desired = d.spec.replicas ?? 1;
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0, observedGeneration = 0 } = status;
  const settled = updatedReplicas === desired && replicas === desired && availableReplicas === desired;
  return settled && observedGeneration >= (d.metadata.generation ?? 0);
}

/** Marks a pause or its end, so that the deadline does not count paused time. Source: deployment/sync.go checkPausedConditions. */
export function pauseConditions(d: Deployment, conditions: readonly DeploymentCondition[], now: number): DeploymentCondition[] {
  const reason = conditionOf(conditions, "Progressing")?.reason;
  const marked = reason === "DeploymentPaused";
  if (!hasDeadline(d) || reason === "ProgressDeadlineExceeded" || marked === (d.spec.paused === true)) return [...conditions];
  const [why, message] = marked ? ["DeploymentResumed", "Deployment is resumed"] : ["DeploymentPaused", "Deployment is paused"];
  return withCondition(conditions, { type: "Progressing", status: "Unknown", reason: why, message }, now);
}

/**
 * The conditions of `next` with Progressing brought up to date: complete, moving on, or past the deadline. `before` is the stored status.
 * Source: deployment/progress.go syncRolloutStatus.
 */
export function progressConditions(
  d: Deployment,
  before: DeploymentStatus,
  next: DeploymentStatus,
  newest: string | undefined,
  now: number,
) {
  const conditions = next.conditions ?? [];
  if (!hasDeadline(d)) return withoutCondition(conditions, "Progressing");
  const current = conditionOf(conditions, "Progressing");
  if ((next.replicas ?? 0) === (next.updatedReplicas ?? 0) && current?.reason === "NewReplicaSetAvailable") return conditions;
  const subject = newest ? `ReplicaSet "${newest}"` : `Deployment "${d.metadata.name}"`;
  const say = (status: "True" | "False", reason: string, what: string) =>
    ({ type: "Progressing", status, reason, message: `${subject} ${what}.` }) as const;
  if (isComplete(d, next)) return withCondition(conditions, say("True", "NewReplicaSetAvailable", "has successfully progressed"), now);
  if (hasMoved(before, next)) return withProgress(conditions, say("True", "ReplicaSetUpdated", "is progressing"), now);
  const due = deadlineAt(d, current);
  if (due !== undefined && due < now) {
    return withCondition(conditions, say("False", "ProgressDeadlineExceeded", "has timed out progressing"), now);
  }
  return conditions;
}

/** Source: deploymentutil.DeploymentProgressing. */
function hasMoved(before: DeploymentStatus, next: DeploymentStatus): boolean {
  const old = (s: DeploymentStatus) => (s.replicas ?? 0) - (s.updatedReplicas ?? 0);
  return (
    (next.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    old(next) < old(before) ||
    (next.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (next.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}

/** Milliseconds; undefined when nothing can time out, or already has. */
function deadlineAt(d: Deployment, progressing: DeploymentCondition | undefined): number | undefined {
  if (!hasDeadline(d) || !progressing?.lastUpdateTime) return undefined;
  if (progressing.reason === "NewReplicaSetAvailable" || progressing.reason === "ProgressDeadlineExceeded") return undefined;
  return Date.parse(progressing.lastUpdateTime) + (d.spec.progressDeadlineSeconds ?? 0) * 1000;
}

/** How long to wait before looking for a missed deadline; undefined when there is none to miss. Source: requeueStuckDeployment. */
export function untilDeadline(d: Deployment, status: DeploymentStatus, now: number): number | undefined {
  if (isComplete(d, status) || d.spec.paused) return undefined;
  const due = deadlineAt(d, conditionOf(status.conditions, "Progressing"));
  return due === undefined ? undefined : Math.max(0, due - now) + 1000;
}
