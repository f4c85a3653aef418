import { type CronJob, type CronJobStatus, isConditionTrue, type Job, type ObjectReference } from "@wherry/api";
import { rfc3339 } from "@wherry/base";
import type { NewObject } from "@wherry/machinery";
import { controllerReference } from "../ownership/claim.ts";
import { type Due, dueTime } from "./missed.ts";
import { zonedTime } from "./next.ts";

const SCHEDULED_AT = "batch.kubernetes.io/cronjob-scheduled-timestamp";

/** Something to tell in an Event of the cron job. */
export interface Notice {
  type: "Normal" | "Warning";
  reason: string;
  message: string;
}

/** What to do, in this order. */
export interface CronJobPlan {
  notices: Notice[];
  /** Jobs that make way for the next, or are kept no longer. */
  delete: Job[];
  create?: NewObject<Job>;
  /** Without the job that is created. */
  status: CronJobStatus;
  /** The time that the created job is for. */
  scheduledTime?: string;
  requeueAfterMs?: number;
}

/** What the cron job needs now. @param jobs all that it controls. Source: cronjob_controllerv2.go `syncCronJob`. */
export function planCronJob(cronJob: CronJob, jobs: readonly Job[], now: number): CronJobPlan {
  const { notices, status } = observe(cronJob, jobs);
  const old = expired(cronJob, jobs);
  if (cronJob.metadata.deletionTimestamp || cronJob.spec.suspend) return { notices, delete: old, status };
  let due: Due;
  try {
    due = dueTime(cronJob, now);
  } catch (error) {
    const message = `unparseable schedule: ${JSON.stringify(cronJob.spec.schedule)} : ${(error as Error).message}`;
    return { notices: [...notices, { type: "Warning", reason: "UnparseableSchedule", message }], delete: old, status };
  }
  const started = start(cronJob, jobs, { status, due }, now);
  return {
    ...{ ...started, notices: [...notices, ...started.notices], delete: [...started.delete, ...old] },
    ...(due.next !== undefined && { requeueAfterMs: Math.max(1, due.next - now) }),
  };
}

const isSucceeded = ({ status }: Job) => isConditionTrue(status?.conditions, "Complete");
const isFailed = ({ status }: Job) => isConditionTrue(status?.conditions, "Failed");
const isFinished = (job: Job) => isSucceeded(job) || isFailed(job);

/** What became of the jobs. */
function observe({ status }: CronJob, jobs: readonly Job[]): { notices: Notice[]; status: CronJobStatus } {
  const byUid = new Map(jobs.map((job) => [job.metadata.uid, job]));
  const active = status?.active ?? [];
  const known = new Set(active.map(({ uid }) => uid));
  const running = active.filter(({ uid }) => uid && byUid.has(uid) && !isFinished(byUid.get(uid) as Job));
  const notices: Notice[] = [];
  for (const job of jobs) {
    const { name, uid } = job.metadata;
    if (known.has(uid) && isFinished(job))
      notices.push({
        type: "Normal",
        reason: "SawCompletedJob",
        message: `Saw completed job: ${name}, condition: ${isSucceeded(job) ? "Complete" : "Failed"}`,
      });
    else if (!known.has(uid) && !isFinished(job))
      notices.push({
        type: "Warning",
        reason: "UnexpectedJob",
        message: `Saw a job that the controller did not create or forgot: ${name}`,
      });
  }
  for (const { name, uid } of active)
    if (!uid || !byUid.has(uid)) notices.push({ type: "Normal", reason: "MissingJob", message: `Active job went missing: ${name}` });
  const successes = [status?.lastSuccessfulTime, ...jobs.filter(isSucceeded).map((job) => job.status?.completionTime)];
  const lastSuccess = successes
    .filter((time) => time !== undefined)
    .sort()
    .at(-1);
  const { active: _, ...kept } = status ?? {};
  return {
    notices,
    status: { ...kept, ...(running.length > 0 && { active: running }), ...(lastSuccess && { lastSuccessfulTime: lastSuccess }) },
  };
}

type Start = Omit<CronJobPlan, "requeueAfterMs">;

function start(cronJob: CronJob, jobs: readonly Job[], { status, due }: { status: CronJobStatus; due: Due }, now: number): Start {
  const none = (...notices: Notice[]): Start => ({ notices, delete: [], status });
  const { time, many } = due;
  if (time === undefined) return none();
  const { startingDeadlineSeconds, concurrencyPolicy } = cronJob.spec;
  const late = startingDeadlineSeconds !== undefined && time + startingDeadlineSeconds * 1000 < now;
  if (late) return none({ type: "Warning", reason: "MissSchedule", message: `Missed scheduled time to start a job: ${rfc1123(time)}` });
  const active = status.active ?? [];
  const manifest = jobFor(cronJob, time);
  if (active.some(({ name }) => name === manifest.metadata.name)) return none();
  const tooMany = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";
  const notices: Notice[] = many ? [{ type: "Warning", reason: "TooManyMissedTimes", message: tooMany }] : [];
  const running = "Not starting job because prior execution is running and concurrency policy is Forbid";
  if (concurrencyPolicy === "Forbid" && active.length > 0)
    return none(...notices, { type: "Normal", reason: "JobAlreadyActive", message: running });
  const replaced = concurrencyPolicy === "Replace" ? jobs.filter((job) => isReferred(active, job)) : [];
  const { active: _, ...rest } = status;
  return {
    notices,
    delete: replaced,
    create: manifest,
    status: concurrencyPolicy === "Replace" ? rest : status,
    scheduledTime: rfc3339(time),
  };
}

const isReferred = (references: readonly ObjectReference[], job: Job) => references.some(({ uid }) => uid === job.metadata.uid);

const rfc1123 = (time: number) => new Date(time).toUTCString().replace("GMT", "+0000");

/** The job for one time; its name is the same whenever it is made. Source: cronjob/utils.go `getJobFromTemplate2`. */
function jobFor(cronJob: CronJob, time: number): NewObject<Job> {
  const { metadata: template, spec } = cronJob.spec.jobTemplate;
  const { name, namespace } = cronJob.metadata;
  return {
    metadata: {
      name: `${name}-${Math.floor(time / 60_000)}`,
      ...(namespace && { namespace }),
      ...(template?.labels && { labels: template.labels }),
      annotations: { ...template?.annotations, [SCHEDULED_AT]: zonedTime(time, cronJob.spec.timeZone) },
      ownerReferences: [controllerReference(cronJob)],
    },
    spec,
  };
}

/** The oldest of the finished jobs, beyond the number that is kept. */
function expired({ spec }: CronJob, jobs: readonly Job[]): Job[] {
  const beyond = (finished: Job[], limit: number | undefined) => {
    const kept = finished.filter((job) => !job.metadata.deletionTimestamp).sort(byStart);
    return kept.slice(0, Math.max(0, kept.length - (limit ?? kept.length)));
  };
  return [
    ...beyond(jobs.filter(isSucceeded), spec.successfulJobsHistoryLimit),
    ...beyond(jobs.filter(isFailed), spec.failedJobsHistoryLimit),
  ];
}

function byStart(a: Job, b: Job): number {
  const [x, y] = [a, b].map((job) => job.status?.startTime ?? "~") as [string, string];
  return x < y ? -1 : x > y ? 1 : a.metadata.name < b.metadata.name ? -1 : 1;
}
