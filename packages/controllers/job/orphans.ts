import { Job, Pod } from "@wherry/api";
import { hasReason } from "@wherry/base";
import { type Controller, type ControllerContext, watchOf } from "@wherry/engine";
import { controllerOf, keyOf, splitKey } from "@wherry/machinery";
import { BY_CONTROLLER, ownershipIndexes } from "../ownership/indexes.ts";
import { untrack } from "./finalizer.ts";
import { isManagedHere } from "./index.ts";
import { isFinished } from "./outcome.ts";
import { isTracked } from "./tracked-pod.ts";

/** Lets pods go that no job will count any more: theirs is gone, or has ended. Source: job_controller.go `syncOrphanPod`. */
export function orphanedJobPodsController(): Controller {
  return {
    name: "orphaned-job-pods",
    watches: [
      watchOf({ kind: Job, wakes: (job, { gone }, ctx) => (gone || isFinished(job) ? podsOf(job, ctx) : []) }),
      watchOf({
        kind: Pod,
        indexes: ownershipIndexes,
        wakes: (pod, { gone }, ctx) => (!gone && isTracked(pod) && !isCounted(pod, ctx) ? [keyOf(pod)] : []),
      }),
    ],
    async reconcile(key, ctx) {
      const { name, namespace } = splitKey(key);
      const pod = ctx.lister(Pod).get(name, namespace);
      if (pod && isTracked(pod) && !isCounted(pod, ctx) && !(await hasNewJob(pod, ctx))) await untrack(ctx, pod);
    },
  };
}

const podsOf = (job: Job, ctx: ControllerContext) => ctx.lister(Pod).byIndex(BY_CONTROLLER, job.metadata.uid).filter(isTracked).map(keyOf);

/** Whether a known job will let the pod go, or whoever else manages that job. */
function isCounted(pod: Pod, ctx: ControllerContext): boolean {
  const owner = controllerOf(pod);
  const job = owner?.kind === Job.kind ? ctx.lister(Job).get(owner.name, pod.metadata.namespace) : undefined;
  return job?.metadata.uid === owner?.uid && job !== undefined && !(isFinished(job) && isManagedHere(job));
}

/** Whether the pod's job is there, though the cache has not seen it yet. */
async function hasNewJob(pod: Pod, ctx: ControllerContext): Promise<boolean> {
  const owner = controllerOf(pod);
  if (owner?.kind !== Job.kind) return false;
  try {
    const { namespace = "" } = pod.metadata;
    const job = await ctx.client.get(Job, { name: owner.name, namespace });
    return job.metadata.uid === owner.uid && !(isFinished(job) && isManagedHere(job));
  } catch (error) {
    if (hasReason(error, "NotFound")) return false;
    throw error;
  }
}
