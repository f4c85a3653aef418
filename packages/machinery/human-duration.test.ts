import { expect, it } from "vitest";
import { humanAge, humanDuration } from "./human-duration.ts";

const [s, m, h, d] = [1000, 60_000, 3_600_000, 86_400_000];

it.each([
  [-2 * s, "<invalid>"],
  [-s, "0s"],
  [0, "0s"],
  [119 * s, "119s"],
  [120 * s, "2m"],
  [125 * s, "2m5s"],
  [10 * m + 5 * s, "10m"],
  [179 * m, "179m"],
  [3 * h, "3h"],
  [3 * h + m, "3h1m"],
  [8 * h + m, "8h"],
  [47 * h, "47h"],
  [48 * h, "2d"],
  [49 * h, "2d1h"],
  [8 * d, "8d"],
  [729 * d, "729d"],
  [730 * d, "2y"],
  [731 * d, "2y1d"],
  [8 * 365 * d, "8y"],
])("%d ms is %s", (ms, text) => {
  expect(humanDuration(ms)).toBe(text);
});

it("shows an age, or that there is none", () => {
  expect(humanAge("2026-01-01T00:00:00Z", Date.UTC(2026, 0, 1, 0, 0, 5))).toBe("5s");
  expect(humanAge(undefined, 0)).toBe("<unknown>");
});
