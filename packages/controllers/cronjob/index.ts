import { CronJob, Job, type ObjectReference } from "@wherry/api";
import { hasReason } from "@wherry/base";
import { type Controller, type ControllerContext, watchOf } from "@wherry/engine";
import { controllerOf, deepEqual, keyOf, type NewObject, splitKey } from "@wherry/machinery";
import { isNamespaceTerminating } from "../namespace/terminating.ts";
import { BY_CONTROLLER, ownershipIndexes } from "../ownership/indexes.ts";
import { messageOf } from "../pods/pod-control.ts";
import { planCronJob } from "./plan.ts";

/** Starts the Jobs of CronJobs when it is time. Source: pkg/controller/cronjob. */
export function cronJobController(): Controller {
  return {
    name: "cronjob-controller",
    eventSource: "cronjob-controller",
    workers: 5,
    watches: [
      watchOf({ kind: CronJob, wakes: (cronJob) => [keyOf(cronJob)] }),
      watchOf({
        kind: Job,
        indexes: ownershipIndexes,
        wakes: (job, { previous }) => [...new Set([...wokenBy(job), ...(previous ? wokenBy(previous) : [])])],
      }),
    ],
    reconcile,
  };
}

function wokenBy(job: Job): string[] {
  const owner = controllerOf(job);
  return owner?.kind === CronJob.kind ? [`${job.metadata.namespace}/${owner.name}`] : [];
}

async function reconcile(key: string, ctx: ControllerContext): Promise<{ requeueAfterMs: number } | void> {
  const { name, namespace } = splitKey(key);
  const cronJob = ctx.lister(CronJob).get(name, namespace);
  if (!cronJob) return;
  const plan = planCronJob(cronJob, ctx.lister(Job).byIndex(BY_CONTROLLER, cronJob.metadata.uid), ctx.clock.now());
  for (const { type, reason, message } of plan.notices) ctx.events.event(cronJob, type, reason, message);
  await Promise.all(plan.delete.map((job) => remove(ctx, cronJob, job)));
  const created = plan.create && (await create(ctx, cronJob, plan.create));
  const begun = created && { active: [...(plan.status.active ?? []), created], lastScheduleTime: plan.scheduledTime as string };
  const status = { ...plan.status, ...begun };
  if (!deepEqual(status, cronJob.status ?? {}))
    ctx.wrote(CronJob, await ctx.client.update(CronJob, { ...cronJob, status }, { subresource: "status" }));
  return plan.requeueAfterMs === undefined ? undefined : { requeueAfterMs: plan.requeueAfterMs };
}

async function remove(ctx: ControllerContext, cronJob: CronJob, job: Job): Promise<void> {
  const { name, namespace = "", uid } = job.metadata;
  try {
    const options = { propagationPolicy: "Background", preconditions: { uid } } as const;
    ctx.wrote(Job, await ctx.client.delete(Job, { name, namespace }, options));
    ctx.events.event(cronJob, "Normal", "SuccessfulDelete", `Deleted job ${name}`);
  } catch (error) {
    if (hasReason(error, "NotFound")) return;
    ctx.events.event(cronJob, "Warning", "FailedDelete", `Deleted job: ${messageOf(error)}`);
    throw error;
  }
}

/** Gives the reference to the job; undefined when its namespace is on its way out. A job that was made before a crash is found by its name. */
async function create(ctx: ControllerContext, cronJob: CronJob, manifest: NewObject<Job>): Promise<ObjectReference | undefined> {
  try {
    const job = await ctx.client.create(Job, manifest);
    ctx.wrote(Job, job);
    ctx.events.event(cronJob, "Normal", "SuccessfulCreate", `Created job ${job.metadata.name}`);
    return referenceTo(job);
  } catch (error) {
    if (isNamespaceTerminating(error)) return undefined;
    const own = hasReason(error, "AlreadyExists") ? await existing(ctx, cronJob, manifest) : undefined;
    if (own) return referenceTo(own);
    ctx.events.event(cronJob, "Warning", "FailedCreate", `Error creating job: ${messageOf(error)}`);
    throw error;
  }
}

async function existing(ctx: ControllerContext, cronJob: CronJob, { metadata }: NewObject<Job>): Promise<Job | undefined> {
  const job = await ctx.client.get(Job, { name: metadata.name ?? "", namespace: metadata.namespace ?? "" });
  return controllerOf(job)?.uid === cronJob.metadata.uid ? job : undefined;
}

function referenceTo({ apiVersion, kind, metadata }: Job): ObjectReference {
  const { name, namespace, uid, resourceVersion } = metadata;
  return { apiVersion, kind, name, uid, ...(namespace && { namespace }), ...(resourceVersion && { resourceVersion }) };
}
