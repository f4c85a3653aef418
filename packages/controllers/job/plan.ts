import { isConditionTrue, isPodActive, isPodReady, type Job, type JobStatus, type Pod } from "@wherry/api";
import { rfc3339 } from "@wherry/base";
import type { NewObject } from "@wherry/machinery";
import { omitEmpty } from "../omit-empty.ts";
import { type BackoffRecord, backoffLeft, nextBackoff } from "./backoff.ts";
import { jobConditions, type Transition } from "./conditions.ts";
import { type Counted, countPods } from "./counting.ts";
import { judgeFailure } from "./failure-policy.ts";
import { countIndexes, firstFree, type Indexes, NO_INDEXES, parseIndexes, unionIndexes, withIndexes } from "./indexes.ts";
import { completion, deadlineLeft, type Outcome, outcomeOf } from "./outcome.ts";
import { failedIndexesOf, hasLimitPerIndex, indexBackoffLeft, podsToReplace } from "./per-index.ts";
import { surplusPods } from "./surplus.ts";
import { podOfJob } from "./template.ts";
import {
  completionIndexOf,
  hasValidIndex,
  isIndexed,
  isPodFailed,
  isPodSucceeded,
  isPodTerminating,
  isTracked,
  waitsForTermination,
} from "./tracked-pod.ts";

/** The most pods that one reconcile creates or deletes. Source: job_controller.go `MaxPodCreateDeletePerSync`. */
export const MOST_PODS_PER_SYNC = 500;

/** What one reconcile works with: taken from listers, never changed. */
export interface JobSnapshot {
  /** One that is not finished. */
  job: Job;
  /** All pods that it controls. */
  pods: readonly Pod[];
  backoff: BackoffRecord;
}

/** What to do, in this order; when pods were created or deleted, the rest is for the next reconcile, which sees them. */
export interface JobPlan {
  /** Not wanted any more: lose their finalizer, and are deleted without being counted. */
  discard: Pod[];
  /** Of a job that has ended: deleted, and counted. */
  kill: Pod[];
  create: NewObject<Pod>[];
  status: JobStatus;
  /** What to tell about once the status is stored. */
  transitions: Transition[];
  /** Lose their finalizers once the status is stored. */
  release: Pod[];
  /** What holds from then on. */
  backoff: BackoffRecord;
  requeueAfterMs?: number;
}

/** What was found out about the pods. */
interface Findings {
  active: Pod[];
  terminating: number;
  /** Also those not yet in the status. */
  succeeded: number;
  succeededIndexes: Indexes;
  failedIndexes: Indexes;
  replaceable: Map<number, Pod>;
  backoff: BackoffRecord;
  startTime: number | undefined;
  outcome: Outcome | undefined;
}

type Managed = Pick<JobPlan, "discard" | "create"> & { waitMs?: number };

/** What brings the job nearer to its end. Source: job_controller.go `syncJob`. */
export function planJob(snapshot: JobSnapshot, now: number): JobPlan {
  const { job } = snapshot;
  const found = look(snapshot, now);
  const deleting = job.metadata.deletionTimestamp !== undefined;
  const managed = found.outcome || deleting ? { discard: [], create: [] } : manage(job, snapshot.pods, found, now);
  const outcome = found.outcome ?? completion(job, found.succeeded, found.active.length);
  const counted = countPods(job, { ...found, pods: snapshot.pods, counted: countedIndexes(job), outcome });
  const waits = [deadlineLeft(job, found.startTime, now), managed.waitMs].filter((ms) => ms !== undefined && ms > 0) as number[];
  return {
    ...{ discard: managed.discard, create: managed.create, kill: outcome ? found.active : [] },
    ...nextStatus(snapshot, { ...found, outcome }, counted, now),
    release: counted.release,
    backoff: found.backoff,
    ...(waits.length > 0 && !outcome && { requeueAfterMs: Math.min(...waits) }),
  };
}

const countedIndexes = ({ spec, status }: Job) => parseIndexes(status?.completedIndexes, spec.completions ?? 0);

function look({ job, pods, backoff }: JobSnapshot, now: number): Findings {
  const { succeeded = 0, failed = 0, uncountedTerminatedPods: uncounted = {} } = job.status ?? {};
  const waiting = new Set([...(uncounted.succeeded ?? []), ...(uncounted.failed ?? [])]);
  const fresh = pods.filter((p) => isTracked(p) && !waiting.has(p.metadata.uid) && hasValidIndex(job, p));
  const newSucceeded = fresh.filter(isPodSucceeded);
  const newFailed = fresh.filter((p) => isPodFailed(job, p));
  const active = pods.filter(isPodActive);
  const succeededIndexes = isIndexed(job) ? withIndexes(countedIndexes(job), newSucceeded.map(indexOf)) : NO_INDEXES;
  const failedIndexes = hasLimitPerIndex(job) ? failedIndexesOf(job, pods) : NO_INDEXES;
  const settled = { succeeded: succeededIndexes, failed: failedIndexes, active: indexesOf(active) };
  const startTime = startOf(job, now);
  const failures = failed + newFailed.filter((p) => judgeFailure(job, p).counts).length + (uncounted.failed?.length ?? 0);
  return {
    active,
    terminating: pods.filter(isPodTerminating).length,
    succeeded: isIndexed(job) ? countIndexes(succeededIndexes) : succeeded + newSucceeded.length + (uncounted.succeeded?.length ?? 0),
    ...{ succeededIndexes, failedIndexes, startTime },
    replaceable: hasLimitPerIndex(job) ? podsToReplace(job, fresh, settled) : new Map(),
    backoff: nextBackoff(backoff, newSucceeded, newFailed, now),
    outcome: outcomeOf(job, { pods, failed: failures, succeededIndexes, failedIndexes, startTime }, now),
  };
}

/** The time a job is suspended does not count towards its deadline: it starts anew when it goes on. */
function startOf({ spec, status }: Job, now: number): number | undefined {
  const resuming = !spec.suspend && isConditionTrue(status?.conditions, "Suspended");
  if (status?.startTime && !resuming) return Date.parse(status.startTime);
  return spec.suspend ? undefined : now;
}

const indexOf = (pod: Pod) => completionIndexOf(pod) ?? -1;
const indexesOf = (pods: readonly Pod[]) =>
  withIndexes(
    NO_INDEXES,
    pods.map(indexOf).filter((i) => i >= 0),
  );

/** Which pods make the number of active ones the wanted one. Source: job_controller.go `manageJob`. */
function manage(job: Job, pods: readonly Pod[], found: Findings, now: number): Managed {
  if (job.spec.suspend) return { discard: found.active.slice(0, MOST_PODS_PER_SYNC), create: [] };
  const active = found.active.length;
  const wanted = wantedActive(job, found);
  const discard = surplusPods(job, found.active, Math.max(0, active - wanted), now).slice(0, MOST_PODS_PER_SYNC);
  if (discard.length > 0) return { discard, create: [] };
  const missing = Math.min(wanted - active - (waitsForTermination(job) ? found.terminating : 0), MOST_PODS_PER_SYNC);
  if (missing <= 0) return { discard: [], create: [] };
  const waitMs = hasLimitPerIndex(job) ? 0 : backoffLeft(found.backoff, now);
  if (waitMs > 0) return { discard: [], create: [], waitMs };
  if (!isIndexed(job)) return { discard: [], create: Array.from({ length: missing }, () => podOfJob(job)) };
  return createIndexed(job, firstFree(takenIndexes(job, pods, found), missing, job.spec.completions ?? 0), found, now);
}

function wantedActive({ spec }: Job, { active, succeeded }: Findings): number {
  const { parallelism = 1, completions } = spec;
  if (completions === undefined) return succeeded > 0 ? active.length : parallelism;
  return Math.max(0, Math.min(completions - succeeded, parallelism));
}

function takenIndexes(job: Job, pods: readonly Pod[], { active, succeededIndexes, failedIndexes }: Findings): Indexes {
  const leaving = waitsForTermination(job) ? pods.filter(isPodTerminating) : [];
  return unionIndexes(unionIndexes(succeededIndexes, failedIndexes), indexesOf([...active, ...leaving]));
}

/** Each index has a back-off of its own where it has a limit of its own. */
function createIndexed(job: Job, indexes: readonly number[], { replaceable }: Findings, now: number): Managed {
  const waits = indexes.map((index) => (hasLimitPerIndex(job) ? indexBackoffLeft(replaceable.get(index), now) : 0));
  const due = indexes.filter((_, i) => waits[i] === 0);
  const later = waits.filter((ms) => ms > 0);
  const create = due.map((index) => podOfJob(job, index, replaceable.get(index)));
  return { discard: [], create, ...(later.length > 0 && { waitMs: Math.min(...later) }) };
}

function nextStatus(
  { job, pods }: JobSnapshot,
  { active, terminating, startTime, outcome }: Findings,
  { counts, exact }: Counted,
  now: number,
): Pick<JobPlan, "status" | "transitions"> {
  const ended = exact && terminating === 0 && active.length === 0;
  const { conditions, transitions, completedAt } = jobConditions(job, outcome, { ended, succeeded: counts.succeeded ?? 0 }, now);
  const { uncountedTerminatedPods, completedIndexes, failedIndexes, ...numbers } = counts;
  return {
    transitions,
    status: {
      ...omitEmpty({ ...numbers, active: active.length, conditions, completedIndexes }),
      ...(failedIndexes !== undefined && { failedIndexes }),
      ...{ uncountedTerminatedPods, ready: active.filter(isPodReady).length, terminating: pods.filter(isPodTerminating).length },
      ...(startTime !== undefined && { startTime: rfc3339(startTime) }),
      ...(completedAt !== undefined && { completionTime: completedAt }),
    },
  };
}
