import { getCondition, isConditionTrue, type Job, type Pod } from "@wherry/api";
import { judgeFailure } from "./failure-policy.ts";
import { countIndexes, type Indexes } from "./indexes.ts";
import { hasLimitPerIndex } from "./per-index.ts";
import { successPolicyMet } from "./success-policy.ts";
import { isPodFailed } from "./tracked-pod.ts";

/** How a job ends, and why. It is told in an interim condition (SuccessCriteriaMet, FailureTarget) first, and in the terminal one when all pods are gone. */
export interface Outcome {
  succeeded: boolean;
  reason: string;
  message: string;
}

/** What an outcome depends on besides the job. */
export interface Tally {
  pods: readonly Pod[];
  /** Failures that count, also those not yet in the status. */
  failed: number;
  succeededIndexes: Indexes;
  failedIndexes: Indexes;
  /** Milliseconds since the epoch. */
  startTime: number | undefined;
}

const failure = (reason: string, message: string): Outcome => ({ succeeded: false, reason, message });

/** Whether the job has ended, in its status. */
export function isFinished({ status }: Job): boolean {
  return isConditionTrue(status?.conditions, "Complete") || isConditionTrue(status?.conditions, "Failed");
}

/** How the job ends, if that is settled whatever its active pods do. Source: job_controller.go `syncJob`. */
export function outcomeOf(job: Job, tally: Tally, now: number): Outcome | undefined {
  return decided(job) ?? failureOf(job, tally, now) ?? perIndex(job, tally) ?? success(job, tally);
}

function decided({ status }: Job): Outcome | undefined {
  const success = getCondition(status?.conditions, "SuccessCriteriaMet");
  const condition = success?.status === "True" ? success : getCondition(status?.conditions, "FailureTarget");
  if (condition?.status !== "True") return undefined;
  return { succeeded: condition === success, reason: condition.reason ?? "", message: condition.message ?? "" };
}

function failureOf(job: Job, { pods, failed, startTime }: Tally, now: number): Outcome | undefined {
  const policy = pods.filter((pod) => isPodFailed(job, pod)).map((pod) => judgeFailure(job, pod).message);
  const message = policy.find((found) => found !== undefined);
  if (message) return failure("PodFailurePolicy", message);
  if (failed > (job.spec.backoffLimit ?? 0) || restartedTooOften(job, pods))
    return failure("BackoffLimitExceeded", "Job has reached the specified backoff limit");
  const left = deadlineLeft(job, startTime, now);
  if (left !== undefined && left <= 0) return failure("DeadlineExceeded", "Job was active longer than specified deadline");
  return undefined;
}

/** Source: job_controller.go `pastBackoffLimitOnFailure`: containers that are started again in their pod. */
function restartedTooOften({ spec }: Job, pods: readonly Pod[]): boolean {
  if (spec.template.spec.restartPolicy !== "OnFailure") return false;
  const live = pods.filter(({ status }) => status?.phase === "Running" || status?.phase === "Pending");
  const containers = live.flatMap(({ status }) => [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]);
  const restarts = containers.reduce((sum, { restartCount }) => sum + restartCount, 0);
  const { backoffLimit = 0 } = spec;
  return backoffLimit === 0 ? restarts > 0 : restarts >= backoffLimit;
}

/** Milliseconds until the job is over its deadline; undefined when it has none that runs. */
export function deadlineLeft({ spec }: Job, startTime: number | undefined, now: number): number | undefined {
  if (spec.activeDeadlineSeconds === undefined || startTime === undefined || spec.suspend) return undefined;
  return startTime + spec.activeDeadlineSeconds * 1000 - now;
}

function perIndex(job: Job, { succeededIndexes, failedIndexes }: Tally): Outcome | undefined {
  if (!hasLimitPerIndex(job)) return undefined;
  const { maxFailedIndexes, completions = 0 } = job.spec;
  const failed = countIndexes(failedIndexes);
  if (maxFailedIndexes !== undefined && failed > maxFailedIndexes)
    return failure("MaxFailedIndexesExceeded", "Job has exceeded the specified maximal number of failed indexes");
  if (failed > 0 && failed + countIndexes(succeededIndexes) >= completions) return failure("FailedIndexes", "Job has failed indexes");
  return undefined;
}

function success(job: Job, { succeededIndexes }: Tally): Outcome | undefined {
  const message = successPolicyMet(job, succeededIndexes);
  return message === undefined ? undefined : { succeeded: true, reason: "SuccessPolicy", message };
}

/** How a job ends whose pods did what was wanted; undefined when more is wanted, or some still run. */
export function completion({ spec }: Job, succeeded: number, active: number): Outcome | undefined {
  if (active > 0 || succeeded < (spec.completions ?? 1)) return undefined;
  return { succeeded: true, reason: "CompletionsReached", message: "Reached expected number of succeeded pods" };
}
