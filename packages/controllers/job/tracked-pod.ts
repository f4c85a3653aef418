import { getCondition, isPodTerminal, type Job, type Pod } from "@wherry/api";

/** Holds a pod until it is counted in its job's status: each is counted once, whatever crashes in between. */
export const TRACKING_FINALIZER = "batch.kubernetes.io/job-tracking";
/** Which completion of an Indexed job a pod works on; an annotation and a label. */
export const COMPLETION_INDEX = "batch.kubernetes.io/job-completion-index";

export function isTracked(pod: Pod): boolean {
  return pod.metadata.finalizers?.includes(TRACKING_FINALIZER) ?? false;
}

export function isIndexed(job: Job): boolean {
  return job.spec.completionMode === "Indexed";
}

/** The pod's completion index; undefined when it has none, or no number. */
export function completionIndexOf(pod: Pod): number | undefined {
  const text = pod.metadata.annotations?.[COMPLETION_INDEX];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Whether the pod counts for the job: always, unless it is Indexed and the pod has no index or one that is none of its completions. */
export function hasValidIndex(job: Job, pod: Pod): boolean {
  if (!isIndexed(job)) return true;
  const index = completionIndexOf(pod);
  return index !== undefined && index < (job.spec.completions ?? 0);
}

/** Whether only a pod that has ended is replaced: one that is on its way out then counts for neither. Source: job_controller.go `onlyReplaceFailedPods`. */
export function waitsForTermination({ spec }: Job): boolean {
  return spec.podReplacementPolicy === "Failed" || spec.podFailurePolicy !== undefined;
}

/** Whether the pod failed; one that was deleted before it ended counts as such, unless the job waits for its end. Source: job_controller.go `isPodFailed`. */
export function isPodFailed(job: Job, pod: Pod): boolean {
  if (pod.status?.phase === "Failed") return true;
  return !waitsForTermination(job) && pod.metadata.deletionTimestamp !== undefined && !isPodSucceeded(pod);
}

export const isPodSucceeded = (pod: Pod): boolean => pod.status?.phase === "Succeeded";

/** On its way out, but not ended. */
export const isPodTerminating = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined && !isPodTerminal(pod);

/**
 * When the pod ended, in milliseconds: its last container, or else when it ceased to be ready, or else when it was deleted; `now` when nothing tells.
 * Source: backoff_utils.go `getFinishedTime`.
 */
export function finishedAt(pod: Pod, now: number): number {
  const ends = (pod.status?.containerStatuses ?? []).map((c) => Date.parse(c.state?.terminated?.finishedAt ?? ""));
  if (ends.length > 0 && ends.every((end) => !Number.isNaN(end) && end > 0)) return Math.max(...ends);
  const ready = getCondition(pod.status?.conditions, "Ready");
  if (ready?.status === "False" && ready.lastTransitionTime) return Date.parse(ready.lastTransitionTime);
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata;
  return deletionTimestamp ? Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1000 : now;
}
