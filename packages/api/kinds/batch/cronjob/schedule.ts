import { type FieldError, invalid } from "@wherry/machinery";
import type { CronJobSpec } from "../../../generated/types.ts";
import { parseCron } from "./cron.ts";
import { isTimeZone } from "./time-zone.ts";

/** Whether the schedule carries a time zone itself, which it should not. */
export function zoneInSchedule({ schedule }: Pick<CronJobSpec, "schedule">): boolean {
  return schedule?.includes("TZ") ?? false;
}

/** Source: batch validation `validateScheduleFormat`. */
export function validateSchedule(spec: CronJobSpec, path: string): FieldError[] {
  const { schedule, timeZone } = spec;
  const twice = zoneInSchedule(spec) && timeZone !== undefined;
  return [
    ...problems(() => parseCron(schedule)).map((why) => invalid(path, schedule, why)),
    ...(twice ? [invalid(path, schedule, "cannot use both timeZone field and TZ or CRON_TZ in schedule")] : []),
  ];
}

/** Source: batch validation `validateTimeZone`. */
export function validateTimeZone(zone: string, path: string): FieldError[] {
  if (zone === "") return [invalid(path, zone, "timeZone must be nil or non-empty string")];
  if (zone.toLowerCase() === "local")
    return [invalid(path, zone, "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones")];
  return isTimeZone(zone) ? [] : [invalid(path, zone, `unknown time zone ${zone}`)];
}

function problems(check: () => unknown): string[] {
  try {
    check();
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
