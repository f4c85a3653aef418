import type { Job, Pod } from "@wherry/api";
import { backoffLeft } from "./backoff.ts";
import { judgeFailure } from "./failure-policy.ts";
import { hasIndex, type Indexes, parseIndexes, withIndexes } from "./indexes.ts";
import { completionIndexOf, finishedAt, hasValidIndex, isPodFailed, isTracked } from "./tracked-pod.ts";

const FAILURES = "batch.kubernetes.io/job-index-failure-count";
const IGNORED = "batch.kubernetes.io/job-index-ignored-failure-count";

export const hasLimitPerIndex = ({ spec }: Job): boolean => spec.completionMode === "Indexed" && spec.backoffLimitPerIndex !== undefined;

/** The indexes that have failed for good, with those of pods not counted yet. Source: indexed_job_utils.go `calculateFailedIndexes`. */
export function failedIndexesOf(job: Job, pods: readonly Pod[]): Indexes {
  const failed = pods.filter((pod) => isTracked(pod) && hasValidIndex(job, pod) && isIndexFailed(job, pod));
  return withIndexes(parseIndexes(job.status?.failedIndexes, job.spec.completions ?? 0), failed.map(indexOf));
}

function isIndexFailed(job: Job, pod: Pod): boolean {
  if (!isPodFailed(job, pod)) return false;
  const { action, counts } = judgeFailure(job, pod);
  return action === "FailIndex" || (counts && countIn(pod, FAILURES) >= (job.spec.backoffLimitPerIndex ?? 0));
}

/**
 * By index, the failed pod that its replacement takes its count of failures from. It keeps its finalizer until then, for the count lives in it alone.
 * Source: indexed_job_utils.go `getPodsWithDelayedDeletionPerIndex`.
 */
export function podsToReplace(
  job: Job,
  uncounted: readonly Pod[],
  settled: { succeeded: Indexes; failed: Indexes; active: Indexes },
): Map<number, Pod> {
  const waiting = new Map<number, Pod>();
  for (const pod of uncounted) {
    const index = indexOf(pod);
    if (!isPodFailed(job, pod) || Object.values(settled).some((indexes) => hasIndex(indexes, index))) continue;
    const other = waiting.get(index);
    if (!other || isLater(pod, other)) waiting.set(index, pod);
  }
  return waiting;
}

function isLater(pod: Pod, other: Pod): boolean {
  return allFailures(pod) >= allFailures(other) && finishedAt(pod, 0) >= finishedAt(other, 0);
}

const indexOf = (pod: Pod) => completionIndexOf(pod) ?? -1;
const allFailures = (pod: Pod) => countIn(pod, FAILURES) + countIn(pod, IGNORED);

function countIn(pod: Pod, annotation: string): number {
  const count = Number(pod.metadata.annotations?.[annotation] ?? 0);
  return Number.isSafeInteger(count) && count >= 0 ? count : 0;
}

/** Milliseconds until an index may be tried again. @param replaced its last failed pod */
export function indexBackoffLeft(replaced: Pod | undefined, now: number): number {
  return replaced ? backoffLeft({ failures: allFailures(replaced) + 1, lastFailure: finishedAt(replaced, now) }, now) : 0;
}

/** The annotations by which a pod tells how often its index has failed. Source: indexed_job_utils.go `addIndexFailureCountAnnotation`. */
export function failureCounts(job: Job, replaced: Pod | undefined): Record<string, string> {
  if (!replaced) return { [FAILURES]: "0" };
  const { counts } = judgeFailure(job, replaced);
  const ignored = countIn(replaced, IGNORED) + (counts ? 0 : 1);
  return { [FAILURES]: String(countIn(replaced, FAILURES) + (counts ? 1 : 0)), ...(ignored > 0 && { [IGNORED]: String(ignored) }) };
}
