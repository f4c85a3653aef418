import type { Job, JobStatus, Pod } from "@wherry/api";
import { judgeFailure } from "./failure-policy.ts";
import { countIndexes, formatIndexes, type Indexes, withIndexes } from "./indexes.ts";
import type { Outcome } from "./outcome.ts";
import { hasLimitPerIndex } from "./per-index.ts";
import { completionIndexOf, hasValidIndex, isIndexed, isPodFailed, isPodSucceeded, isTracked } from "./tracked-pod.ts";

/** How many pods wait in a status at most for their finalizer to go. Source: job_controller.go `MaxUncountedPods`. */
const MOST_UNCOUNTED = 500;

type Counts = Pick<JobStatus, "succeeded" | "failed" | "completedIndexes" | "failedIndexes"> & {
  uncountedTerminatedPods: { succeeded?: string[]; failed?: string[] };
};

/** What the counts go by. */
export interface Counting {
  pods: readonly Pod[];
  /** The indexes that the status says are done. */
  counted: Indexes;
  failedIndexes: Indexes;
  /** By index, failed pods that keep their finalizer until they are replaced. */
  replaceable: ReadonlyMap<number, Pod>;
  outcome: Outcome | undefined;
}

/** The counts of the next status, and whose finalizers may go once it is stored. */
export interface Counted {
  counts: Counts;
  release: Pod[];
  /** Whether nothing is left to count. */
  exact: boolean;
}

/**
 * Counts each pod once, in three steps that may be broken off anywhere: its uid goes into the status, then its finalizer goes, then the uid goes into a
 * number. The index of a succeeded pod goes into the status at once: it cannot be counted twice. Source: job_controller.go `trackJobStatusAndRemoveFinalizers`.
 */
export function countPods(job: Job, counting: Counting): Counted {
  const { pods, counted, outcome } = counting;
  const tracked = new Set(pods.filter(isTracked).map(uidOf));
  const { uncountedTerminatedPods: old = {}, succeeded = 0, failed = 0 } = job.status ?? {};
  const waiting = { succeeded: keep(old.succeeded, tracked), failed: keep(old.failed, tracked) };
  const gone = {
    succeeded: (old.succeeded?.length ?? 0) - waiting.succeeded.length,
    failed: (old.failed?.length ?? 0) - waiting.failed.length,
  };
  const release: Pod[] = [];
  const indexes: number[] = [];
  for (const pod of pods.filter((p) => isTracked(p) && mayRelease(job, p, counting))) {
    release.push(pod);
    if (isPodSucceeded(pod) && !waiting.failed.includes(pod.metadata.uid)) countSuccess(job, pod, waiting.succeeded, indexes);
    else if (isPodFailed(job, pod) || (outcome && !outcome.succeeded)) countFailure(job, pod, waiting.failed);
    if (indexes.length + waiting.succeeded.length + waiting.failed.length >= MOST_UNCOUNTED) break;
  }
  const done = withIndexes(counted, indexes);
  return {
    counts: {
      succeeded: isIndexed(job) ? countIndexes(done) : succeeded + gone.succeeded,
      failed: failed + gone.failed,
      uncountedTerminatedPods: {
        ...(waiting.succeeded.length > 0 && { succeeded: waiting.succeeded }),
        ...(waiting.failed.length > 0 && { failed: waiting.failed }),
      },
      ...(isIndexed(job) && done.length > 0 && { completedIndexes: formatIndexes(done) }),
      ...(hasLimitPerIndex(job) && { failedIndexes: formatIndexes(counting.failedIndexes) }),
    },
    release,
    exact: release.length === 0 && waiting.succeeded.length + waiting.failed.length === 0,
  };
}

const uidOf = (pod: Pod) => pod.metadata.uid;
const keep = (uids: readonly string[] = [], tracked: ReadonlySet<string>) => uids.filter((uid) => tracked.has(uid));

/** Source: job_controller.go `canRemoveFinalizer`. */
function mayRelease(job: Job, pod: Pod, { replaceable, outcome }: Counting): boolean {
  if (job.metadata.deletionTimestamp || outcome || isPodSucceeded(pod)) return true;
  if (!isPodFailed(job, pod)) return false;
  return replaceable.get(completionIndexOf(pod) ?? -1)?.metadata.uid !== pod.metadata.uid;
}

function countSuccess(job: Job, pod: Pod, uids: string[], indexes: number[]): void {
  if (!isIndexed(job)) add(uids, pod);
  else if (hasValidIndex(job, pod)) indexes.push(completionIndexOf(pod) as number);
}

function countFailure(job: Job, pod: Pod, uids: string[]): void {
  if (hasValidIndex(job, pod) && judgeFailure(job, pod).counts) add(uids, pod);
}

function add(uids: string[], pod: Pod): void {
  if (!uids.includes(pod.metadata.uid)) uids.push(pod.metadata.uid);
}
