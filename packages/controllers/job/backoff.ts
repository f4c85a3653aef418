import type { Pod } from "@wherry/api";
import { finishedAt } from "./tracked-pod.ts";

/** Source: job_controller.go `DefaultJobPodFailureBackOff`, `MaxJobPodFailureBackOff`. */
const FIRST_MS = 10_000;
const LONGEST_MS = 600_000;

/** How a job's pods fared lately. */
export interface BackoffRecord {
  /** Failures since the last success. */
  readonly failures: number;
  /** Milliseconds since the epoch. */
  readonly lastFailure: number;
}

export const NO_FAILURES: BackoffRecord = { failures: 0, lastFailure: 0 };

/** The record with pods that ended since. Source: backoff_utils.go `newBackoffRecord`. */
export function nextBackoff(record: BackoffRecord, succeeded: readonly Pod[], failed: readonly Pod[], now: number): BackoffRecord {
  const ends = (pods: readonly Pod[]) => pods.map((pod) => finishedAt(pod, now));
  if (succeeded.length === 0 && failed.length === 0) return record;
  if (succeeded.length === 0) return { failures: record.failures + failed.length, lastFailure: Math.max(...ends(failed)) };
  const lastSuccess = Math.max(...ends(succeeded));
  const since = ends(failed).filter((end) => end > lastSuccess);
  return since.length === 0 ? NO_FAILURES : { failures: since.length, lastFailure: Math.max(...since) };
}

/** Milliseconds to wait before the next pod: 10 s after the first failure, twice as long after each one more, at most 10 minutes. */
export function backoffLeft({ failures, lastFailure }: BackoffRecord, now: number): number {
  if (failures === 0) return 0;
  const wait = Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS);
  return Math.max(0, lastFailure + wait - now);
}
