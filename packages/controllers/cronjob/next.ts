import type { CronSchedule, EverySchedule } from "@wherry/api";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A schedule that fits no day of the next five years fits none. */
const FURTHEST = 5 * 366 * 24 * HOUR;

/**
 * The first time after `after` that the schedule names, in milliseconds since the epoch; undefined when there is none. What counts is the clock on the wall:
 * an hour that is skipped in spring has no runs, one that comes twice in autumn has them twice. Source: robfig/cron v3 `SpecSchedule.Next`.
 */
export function nextTime(schedule: CronSchedule | EverySchedule, after: number, timeZone = "UTC"): number | undefined {
  if ("everyMs" in schedule) return Math.floor((after + schedule.everyMs) / 1000) * 1000;
  const wall = wallClock(schedule.timeZone ?? timeZone);
  let time = Math.floor(after / MINUTE) * MINUTE + MINUTE;
  while (time - after < FURTHEST) {
    const now = wall(time);
    if (!isDay(schedule, now)) time += now.hour < 21 ? (22 - now.hour) * HOUR - now.minute * MINUTE : (60 - now.minute) * MINUTE;
    else if (!schedule.hours.has(now.hour)) time += (60 - now.minute) * MINUTE;
    else if (schedule.minutes.has(now.minute)) return time;
    else time += MINUTE;
  }
  return undefined;
}

interface WallTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
}

/** Either day will do where both are limited. */
function isDay(schedule: CronSchedule, { year, month, day }: WallTime): boolean {
  if (!schedule.months.has(month)) return false;
  const ofMonth = schedule.daysOfMonth.has(day);
  const ofWeek = schedule.daysOfWeek.has(new Date(Date.UTC(year, month - 1, day)).getUTCDay());
  return schedule.anyDayOfMonth || schedule.anyDayOfWeek ? ofMonth && ofWeek : ofMonth || ofWeek;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function wallClock(timeZone: string): (time: number) => WallTime {
  const numeric = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" } as const;
  const format = formats.get(timeZone) ?? new Intl.DateTimeFormat("en-US", { timeZone, hourCycle: "h23", ...numeric });
  formats.set(timeZone, format);
  return (time) => Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, Number(value)])) as unknown as WallTime;
}

/** The time as the clock on the wall shows it, with its distance from UTC, such as `2026-03-29T03:30:00+02:00`. */
export function zonedTime(time: number, timeZone = "UTC"): string {
  const { year, month, day, hour, minute } = wallClock(timeZone)(time);
  const seconds = time % MINUTE;
  const wall = Date.UTC(year, month - 1, day, hour, minute) + seconds;
  const minutes = Math.round((wall - time) / MINUTE);
  const two = (n: number) => String(n).padStart(2, "0");
  const offset = `${minutes < 0 ? "-" : "+"}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
  return `${new Date(wall).toISOString().slice(0, 19)}${minutes === 0 ? "Z" : offset}`;
}
