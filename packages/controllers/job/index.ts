import { Job, Pod } from "@wherry/api";
import { type Controller, type ControllerContext, watchOf } from "@wherry/engine";
import { controllerOf, deepEqual, keyOf, labelSelectorFrom, splitKey } from "@wherry/machinery";
import { isNamespaceTerminating } from "../namespace/terminating.ts";
import { claim } from "../ownership/apply-claim.ts";
import { ownershipIndexes } from "../ownership/indexes.ts";
import { createPod, deletePod } from "../pods/pod-control.ts";
import { slowStart } from "../pods/slow-start.ts";
import { type BackoffRecord, NO_FAILURES } from "./backoff.ts";
import { untrack } from "./finalizer.ts";
import { isFinished } from "./outcome.ts";
import { type JobPlan, planJob } from "./plan.ts";
import { TRACKING_FINALIZER } from "./tracked-pod.ts";

const OURS = "kubernetes.io/job-controller";

/** Whether no other controller was asked to run the job. */
export const isManagedHere = ({ spec }: Job): boolean => (spec.managedBy ?? OURS) === OURS;

/** Runs Jobs to their end. How often a job failed of late is forgotten when the process ends, as upstream does. Source: pkg/controller/job. */
export function jobController(): Controller {
  /** By key of the job; with its uid, lest a namesake inherits it. */
  const backoffs = new Map<string, { uid: string; record: BackoffRecord }>();
  return {
    name: "job-controller",
    eventSource: "job-controller",
    workers: 5,
    watches: [
      watchOf({ kind: Job, wakes: (job) => [keyOf(job)] }),
      watchOf({
        kind: Pod,
        indexes: ownershipIndexes,
        wakes: (pod, { previous }, ctx) => [...wokenBy(pod, ctx), ...wokenBy(previous, ctx)],
      }),
    ],
    async reconcile(key, ctx) {
      const { name, namespace } = splitKey(key);
      const job = ctx.lister(Job).get(name, namespace);
      if (!job || isFinished(job)) return void backoffs.delete(key);
      if (!isManagedHere(job)) return;
      const { uid } = job.metadata;
      const known = backoffs.get(key);
      const plan = await pursue(ctx, job, known?.uid === uid ? known.record : NO_FAILURES);
      if (!plan) return;
      backoffs.set(key, { uid, record: plan.backoff });
      return plan.requeueAfterMs === undefined ? undefined : { requeueAfterMs: plan.requeueAfterMs };
    },
  };
}

/** The job of the pod, or else all that might adopt it. */
function wokenBy(pod: Pod | undefined, ctx: ControllerContext): string[] {
  if (!pod) return [];
  const { namespace, labels } = pod.metadata;
  const owner = controllerOf(pod);
  if (owner) return owner.kind === Job.kind ? [`${namespace}/${owner.name}`] : [];
  const selects = (job: Job) => !isFinished(job) && labelSelectorFrom(job.spec.selector).matches(labels);
  return labels ? ctx.lister(Job).list(namespace).filter(selects).map(keyOf) : [];
}

/** Gives the plan once its status is stored; undefined when pods were created or deleted, which wakes the job again. */
async function pursue(ctx: ControllerContext, job: Job, backoff: BackoffRecord): Promise<JobPlan | undefined> {
  const selector = labelSelectorFrom(job.spec.selector);
  const pods = await claim(ctx, { ownerKind: Job, owner: job, kind: Pod, selector, finalizer: TRACKING_FINALIZER });
  const plan = planJob({ job, pods, backoff }, ctx.clock.now());
  const { done, errors } = await changePods(ctx, job, plan);
  const error = errors.find((e) => !isNamespaceTerminating(e));
  if (done > 0 && error === undefined) return undefined;
  await writeStatus(ctx, job, plan);
  await Promise.all(plan.release.map((pod) => untrack(ctx, pod)));
  if (error !== undefined) throw error;
  return plan;
}

async function changePods(ctx: ControllerContext, job: Job, plan: JobPlan): Promise<{ done: number; errors: unknown[] }> {
  const discard = async (pod: Pod) => {
    await untrack(ctx, pod);
    await deletePod(ctx, job, pod);
  };
  const deleted = await Promise.allSettled([...plan.discard.map(discard), ...plan.kill.map((pod) => deletePod(ctx, job, pod))]);
  const failed = deleted.filter((result) => result.status === "rejected").map((result) => result.reason as unknown);
  const created = await slowStart(plan.create.length, (i) => createPod(ctx, job, plan.create[i] as (typeof plan.create)[number]));
  return { done: deleted.length - failed.length + created.done, errors: [...failed, ...created.errors] };
}

async function writeStatus(ctx: ControllerContext, job: Job, { status, transitions }: JobPlan): Promise<void> {
  if (deepEqual(status, job.status)) return;
  ctx.wrote(Job, await ctx.client.update(Job, { ...job, status }, { subresource: "status" }));
  for (const { type, reason, message } of transitions) ctx.events.event(job, type, reason, message);
}
