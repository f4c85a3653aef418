import { describe, expect, it } from "vitest";
import { UsageError } from "./errors.ts";
import { parseDuration } from "./wait-for.ts";

describe("a duration", () => {
  it.each([
    ["0", 0],
    ["30s", 30_000],
    ["5m", 300_000],
    ["1h30m", 5_400_000],
    ["500ms", 500],
    ["1.5s", 1500],
    [".5s", 500],
    ["1.s", 1000],
    ["-1s", -1000],
    ["+2s", 2000],
    ["2000us", 2],
    ["3000000ns", 3],
  ])("%s", (text, ms) => {
    expect(parseDuration(text, "--timeout")).toBeCloseTo(ms, 9);
  });

  it.each([
    ["x", "invalid"],
    ["", "invalid"],
    ["s", "invalid"],
    ["1s ", "invalid"],
    ["1d", "invalid"],
    ["5", "missing unit in"],
    ["-5", "missing unit in"],
    ["1.5", "missing unit in"],
  ])("is not %j", (text, why) => {
    const wanted = `invalid argument ${JSON.stringify(text)} for "--timeout" flag: time: ${why} duration ${JSON.stringify(text)}`;
    expect(() => parseDuration(text, "--timeout")).toThrow(new UsageError(wanted));
  });
});
