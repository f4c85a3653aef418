import { type CronJob, type CronSchedule, type EverySchedule, parseCron } from "@wherry/api";
import { nextTime } from "./next.ts";

/** From how many missed runs on somebody is told. */
const MANY = 100;

/** Where a cron job stands in its schedule; times in milliseconds since the epoch. */
export interface Due {
  /** The latest time that has passed without a run. */
  time?: number;
  /** Whether more than a hundred were missed. */
  many: boolean;
  /** The next one that has not passed; absent when there is none. */
  next?: number;
}

/** The schedule of the cron job. Throws an Error when it cannot be read. */
export function scheduleOf({ spec }: CronJob): CronSchedule | EverySchedule {
  return parseCron(spec.schedule);
}

/** Source: cronjob/utils.go `mostRecentScheduleTime`. */
export function dueTime(cronJob: CronJob, now: number): Due {
  const { timeZone, startingDeadlineSeconds } = cronJob.spec;
  const schedule = scheduleOf(cronJob);
  const after = (time: number) => nextTime(schedule, time, timeZone);
  const begin = Date.parse(cronJob.status?.lastScheduleTime ?? cronJob.metadata.creationTimestamp ?? "");
  const horizon = startingDeadlineSeconds === undefined ? begin : Math.max(begin, now - startingDeadlineSeconds * 1000);
  const first = after(horizon);
  const second = first === undefined ? undefined : after(first);
  if (first === undefined || first > now) return { many: false, ...next(first) };
  if (second === undefined || second > now) return { time: first, many: false, ...next(second) };
  const interval = second - first;
  const missed = Math.floor((now - first) / interval) + 1;
  const latest = lastBefore(after, first + (missed - 2) * interval, now) ?? first;
  return { time: latest, many: missed > MANY, ...next(after(latest)) };
}

const next = (time: number | undefined) => (time === undefined ? {} : { next: time });

function lastBefore(after: (time: number) => number | undefined, from: number, now: number): number | undefined {
  let latest: number | undefined;
  for (let time = after(from); time !== undefined && time <= now; time = after(time)) latest = time;
  return latest;
}
