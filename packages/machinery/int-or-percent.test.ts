import { expect, it } from "vitest";
import { resolveIntOrPercent } from "./int-or-percent.ts";

it.each([
  [3, 10, true, 3],
  ["25%", 10, true, 3],
  ["25%", 10, false, 2],
  ["7%", 100, true, 7],
  ["100%", 4, false, 4],
  ["0%", 10, true, 0],
  ["150%", 2, true, 3],
])("%s of %d (round up: %s) is %d", (value, total, roundUp, expected) => {
  expect(resolveIntOrPercent(value, total, roundUp)).toBe(expected);
});

it("refuses what is no percentage", () => {
  expect(() => resolveIntOrPercent("half", 2, true)).toThrow("invalid type: string is not a percentage");
});
