import { getCondition, type Job, type JobCondition } from "@wherry/api";
import { rfc3339 } from "@wherry/base";
import type { Outcome } from "./outcome.ts";

/** Something about the job that is told in an Event. */
export interface Transition {
  type: "Normal" | "Warning";
  reason: string;
  message: string;
}

/** The conditions of the next status, and what to tell about them. */
export interface ConditionsPlan {
  conditions: JobCondition[];
  transitions: Transition[];
  /** Of a job that is complete now. */
  completedAt?: string;
}

/**
 * The conditions that an outcome makes, or the lack of one. @param done whether all pods are counted and gone, and how many succeeded. Source:
 * job_controller.go `syncJob`, `enactJobFinished`, `recordJobFinished`.
 */
export function jobConditions(
  job: Job,
  outcome: Outcome | undefined,
  done: { ended: boolean; succeeded: number },
  now: number,
): ConditionsPlan {
  const old = job.status?.conditions ?? [];
  if (!outcome) return job.metadata.deletionTimestamp ? { conditions: old, transitions: [] } : suspension(job, old, now);
  const { succeeded, reason, message } = outcome;
  const condition = (type: string) => ({ type, status: "True", ...times(now), reason, message });
  const interim = succeeded ? "SuccessCriteriaMet" : "FailureTarget";
  const told = getCondition(old, interim) ? old : [...old, condition(interim)];
  if (!done.ended) return { conditions: told, transitions: [] };
  const conditions = [...told, condition(succeeded ? "Complete" : "Failed")];
  if (!succeeded) return { conditions, transitions: [{ type: "Warning", reason, message }] };
  return { conditions, transitions: completed(job, done.succeeded), completedAt: rfc3339(now) };
}

const times = (now: number) => ({ lastProbeTime: rfc3339(now), lastTransitionTime: rfc3339(now) });

function completed({ spec }: Job, succeeded: number): Transition[] {
  const tooMany = spec.completions !== undefined && succeeded > spec.completions;
  const message = "Too many succeeded pods running after completion count reached";
  return [
    ...(tooMany ? [{ type: "Warning", reason: "TooManySucceededPods", message } as const] : []),
    { type: "Normal", reason: "Completed", message: "Job completed" },
  ];
}

/** A job that was never suspended has no condition that says so. */
function suspension({ spec }: Job, old: JobCondition[], now: number): ConditionsPlan {
  const status = spec.suspend ? "True" : "False";
  const before = getCondition(old, "Suspended");
  if ((before?.status ?? "False") === status) return { conditions: old, transitions: [] };
  const [reason, event, message] = spec.suspend ? ["JobSuspended", "Suspended", "Job suspended"] : ["JobResumed", "Resumed", "Job resumed"];
  const next = { type: "Suspended", status, ...times(now), reason, message };
  const conditions = before ? old.map((c) => (c === before ? next : c)) : [...old, next];
  return { conditions, transitions: [{ type: "Normal", reason: event, message }] };
}
