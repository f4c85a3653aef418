/** A part of a time: how it looks in the layout, and what may stand there. */
interface Part {
  layout: string;
  pattern: RegExp;
  /** Says whether the number is within its range; `name` is for the message. */
  range?: { name: string; from: number; to: number };
}

const literal = (layout: string): Part => ({ layout, pattern: new RegExp(`^${layout}`) });
const number = (layout: string, digits: number, name?: string, from = 0, to = 0): Part => ({
  layout,
  pattern: new RegExp(`^\\d{${digits}}`),
  ...(name && { range: { name, from, to } }),
});

const BEFORE_FRACTION: readonly Part[] = [
  number("2006", 4),
  literal("-"),
  number("01", 2, "month", 1, 12),
  literal("-"),
  number("02", 2),
  literal("T"),
  number("15", 2, "hour", 0, 23),
  literal(":"),
  number("04", 2, "minute", 0, 59),
  literal(":"),
  number("05", 2, "second", 0, 59),
];
const ZONE: Part = { layout: "Z07:00", pattern: /^(Z|[+-]([01]\d|2[0-4]):[0-5]\d)/ };
const SECONDS: readonly Part[] = [...BEFORE_FRACTION, { layout: "", pattern: /^([.,]\d+)?/ }, ZONE];
const MICROS: readonly Part[] = [...BEFORE_FRACTION, { layout: ".000000", pattern: /^\.\d{6}/ }, ZONE];

/**
 * Why a text is no RFC 3339 time, in the words of Go's parser: `parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"`, or
 * `parsing time "2026-13-01T00:00:00Z": month out of range`. Undefined when it is one. Source: Go `time.Parse`.
 * @param micro whether exactly six decimals are wanted
 */
export function timeError(text: string, micro: boolean): string | undefined {
  const parts = micro ? MICROS : SECONDS;
  let rest = text;
  for (const { layout, pattern, range } of parts) {
    const [match] = pattern.exec(rest) ?? [];
    if (match === undefined)
      return `parsing time ${quote(text)} as ${quote(layoutOf(parts))}: cannot parse ${quote(rest)} as ${quote(layout)}`;
    if (range && (Number(match) < range.from || Number(match) > range.to)) return outOfRange(text, range.name);
    rest = rest.slice(match.length);
  }
  if (rest) return `parsing time ${quote(text)}: extra text: ${quote(rest)}`;
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split("-").map(Number);
  return day < 1 || day > daysOf(year, month) ? outOfRange(text, "day") : undefined;
}

const layoutOf = (parts: readonly Part[]) => parts.map(({ layout }) => layout).join("");
const outOfRange = (text: string, what: string) => `parsing time ${quote(text)}: ${what} out of range`;
const daysOf = (year: number, month: number) => new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
const quote = (text: string) => JSON.stringify(text);
