import { isTimeZone } from "./time-zone.ts";

/** When a cron job runs: each field holds the values at which it does. Days are joined by "or" when both are limited. */
export interface CronSchedule {
  minutes: ReadonlySet<number>;
  hours: ReadonlySet<number>;
  daysOfMonth: ReadonlySet<number>;
  months: ReadonlySet<number>;
  /** 0 is Sunday. */
  daysOfWeek: ReadonlySet<number>;
  /** Whether any day of the month, or of the week, will do. */
  anyDayOfMonth: boolean;
  anyDayOfWeek: boolean;
  /** A zone given in the schedule itself. */
  timeZone?: string;
}

/** A schedule that is the same time after time, in milliseconds: `@every 90m`. */
export interface EverySchedule {
  everyMs: number;
}

interface Bounds {
  min: number;
  max: number;
  names?: Readonly<Record<string, number>>;
}

const numbered = (names: string, from: number) => Object.fromEntries(names.split(" ").map((name, i) => [name, i + from]));
const MINUTES: Bounds = { min: 0, max: 59 };
const HOURS: Bounds = { min: 0, max: 23 };
const DAYS: Bounds = { min: 1, max: 31 };
const MONTHS: Bounds = { min: 1, max: 12, names: numbered("jan feb mar apr may jun jul aug sep oct nov dec", 1) };
const WEEKDAYS: Bounds = { min: 0, max: 6, names: numbered("sun mon tue wed thu fri sat", 0) };

const DESCRIPTORS: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

/** Reads a schedule of five fields, or a descriptor such as `@daily`. Throws an Error in the words of upstream's parser, robfig/cron v3. */
export function parseCron(text: string): CronSchedule | EverySchedule {
  if (text === "") throw new Error("empty spec string");
  const [zone, spec] = splitZone(text);
  const schedule = spec.startsWith("@") ? parseDescriptor(spec) : parseFields(spec);
  return zone === undefined ? schedule : { ...schedule, timeZone: zone };
}

function splitZone(text: string): [string | undefined, string] {
  const match = /^(?:CRON_)?TZ=(\S*)\s*(.*)$/s.exec(text);
  if (!match) return [undefined, text];
  const [, zone = "", rest = ""] = match;
  if (zone !== "" && !isTimeZone(zone)) throw new Error(`provided bad location ${zone}: unknown time zone ${zone}`);
  return [zone || "UTC", rest.trim()];
}

function parseDescriptor(text: string): CronSchedule | EverySchedule {
  const fields = DESCRIPTORS[text];
  if (fields) return parseFields(fields);
  const every = "@every ";
  if (!text.startsWith(every)) throw new Error(`unrecognized descriptor: ${text}`);
  return { everyMs: parseDuration(text, text.slice(every.length)) };
}

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 0.001, µs: 0.001, ns: 0.000001 };

/** Go's way to write durations, such as `1h30m`; not shorter than a second. */
function parseDuration(text: string, duration: string): number {
  const parts = [...duration.matchAll(/(\d+(?:\.\d*)?|\.\d+)(h|ms|m|s|us|µs|ns)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== duration)
    throw new Error(`failed to parse duration ${text}: time: invalid duration ${JSON.stringify(duration)}`);
  const ms = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS[unit as string] as number), 0);
  return Math.max(1000, Math.floor(ms / 1000) * 1000);
}

function parseFields(text: string): CronSchedule {
  const fields = text.split(/\s+/).filter(Boolean);
  if (fields.length !== 5) throw new Error(`expected exactly 5 fields, found ${fields.length}: [${fields.join(" ")}]`);
  const [minute, hour, day, month, weekday] = fields as [string, string, string, string, string];
  return {
    minutes: parseField(minute, MINUTES),
    hours: parseField(hour, HOURS),
    daysOfMonth: parseField(day, DAYS),
    months: parseField(month, MONTHS),
    daysOfWeek: parseField(weekday, WEEKDAYS),
    anyDayOfMonth: isAny(day),
    anyDayOfWeek: isAny(weekday),
  };
}

const isAny = (field: string) => field.split(",").some((part) => /^[*?](\/1)?$/.test(part));

function parseField(field: string, bounds: Bounds): Set<number> {
  return new Set(
    field
      .split(",")
      .filter(Boolean)
      .flatMap((part) => parseRange(part, bounds)),
  );
}

/** `number`, `number-number` or `*`, each perhaps with `/number`. */
function parseRange(text: string, bounds: Bounds): number[] {
  const [range = "", step, ...moreSteps] = text.split("/");
  const [low = "", high, ...moreHyphens] = range.split("-");
  const any = low === "*" || low === "?";
  if (!any && moreHyphens.length > 0) throw new Error(`too many hyphens: ${text}`);
  const start = any ? bounds.min : parseValue(low, bounds);
  const end = any ? bounds.max : high === undefined ? start : parseValue(high, bounds);
  if (moreSteps.length > 0) throw new Error(`too many slashes: ${text}`);
  const by = step === undefined ? 1 : parseNumber(step);
  const last = !any && high === undefined && step !== undefined ? bounds.max : end;
  checkRange(text, bounds, start, last, by);
  return Array.from({ length: Math.floor((last - start) / by) + 1 }, (_, i) => start + i * by);
}

function checkRange(text: string, { min, max }: Bounds, start: number, end: number, step: number): void {
  if (start < min) throw new Error(`beginning of range (${start}) below minimum (${min}): ${text}`);
  if (end > max) throw new Error(`end of range (${end}) above maximum (${max}): ${text}`);
  if (start > end) throw new Error(`beginning of range (${start}) beyond end of range (${end}): ${text}`);
  if (step === 0) throw new Error(`step of range should be a positive number: ${text}`);
}

function parseValue(text: string, { names }: Bounds): number {
  const name = text.toLowerCase();
  return names && Object.hasOwn(names, name) ? (names[name] as number) : parseNumber(text);
}

function parseNumber(text: string): number {
  const failed = (why: string) => new Error(`failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: ${why}`);
  if (!/^[+-]?\d+$/.test(text)) throw failed("invalid syntax");
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw failed("value out of range");
  if (value < 0) throw new Error(`negative number (${value}) not allowed: ${text}`);
  return value;
}
