import { parseCron } from "@wherry/api";
import { describe, expect, it } from "vitest";
import { nextTime, zonedTime } from "./next.ts";

/** The next `count` times, in the words of the zone. */
function times(schedule: string, after: string, zone: string, count: number): string[] {
  const found: string[] = [];
  for (let time = Date.parse(after); found.length < count; ) {
    const next = nextTime(parseCron(schedule), time, zone);
    if (next === undefined) return [...found, "never"];
    found.push(zonedTime(next, zone));
    time = next;
  }
  return found;
}

describe("the next time of a schedule", () => {
  it.each([
    ["*/15 * * * *", "2026-01-01T00:00:00Z", ["2026-01-01T00:15:00Z", "2026-01-01T00:30:00Z"]],
    ["0 0 * * *", "2026-01-01T00:00:00Z", ["2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"]],
    ["@hourly", "2026-01-01T00:30:30Z", ["2026-01-01T01:00:00Z", "2026-01-01T02:00:00Z"]],
    ["30 9 * * mon-fri", "2026-01-02T10:00:00Z", ["2026-01-05T09:30:00Z", "2026-01-06T09:30:00Z"]],
    ["0 0 13 * fri", "2026-02-01T00:00:00Z", ["2026-02-06T00:00:00Z", "2026-02-13T00:00:00Z"]],
    [
      "0 0 */2 * sun",
      "2026-02-01T00:00:00Z",
      ["2026-02-03T00:00:00Z", "2026-02-05T00:00:00Z", "2026-02-07T00:00:00Z", "2026-02-08T00:00:00Z"],
    ],
    ["0 12 29 feb *", "2026-01-01T00:00:00Z", ["2028-02-29T12:00:00Z"]],
    ["0 0 31 2 *", "2026-01-01T00:00:00Z", ["never"]],
    ["@every 90m", "2026-01-01T00:00:10Z", ["2026-01-01T01:30:10Z", "2026-01-01T03:00:10Z"]],
    ["TZ=Asia/Tokyo 0 9 * * *", "2026-01-01T00:00:00Z", ["2026-01-02T00:00:00Z"]],
  ])("%s", (schedule, after, expected) => {
    expect(times(schedule, after, "UTC", expected.length)).toEqual(expected);
  });

  it("leaves out what spring skips", () => {
    expect(times("30 2 * * *", "2026-03-28T00:00:00Z", "Europe/Berlin", 2)).toEqual([
      "2026-03-28T02:30:00+01:00",
      "2026-03-30T02:30:00+02:00",
    ]);
    expect(times("0 0 * * *", "2026-03-28T12:00:00Z", "Europe/Berlin", 2)).toEqual([
      "2026-03-29T00:00:00+01:00",
      "2026-03-30T00:00:00+02:00",
    ]);
  });

  it("has twice what comes twice in autumn", () => {
    expect(times("30 2 * * *", "2026-10-24T12:00:00Z", "Europe/Berlin", 3)).toEqual([
      "2026-10-25T02:30:00+02:00",
      "2026-10-25T02:30:00+01:00",
      "2026-10-26T02:30:00+01:00",
    ]);
  });

  it("knows zones whose midnight is skipped, and those off the hour", () => {
    expect(times("30 0 * * *", "2018-11-03T12:00:00Z", "America/Sao_Paulo", 1)).toEqual(["2018-11-05T00:30:00-02:00"]);
    expect(times("15 6 * * *", "2026-01-01T00:00:00Z", "Asia/Kathmandu", 1)).toEqual(["2026-01-01T06:15:00+05:45"]);
  });
});
