import { expect, it } from "vitest";
import { queryFlag } from "./query-flag.ts";

it.each([
  ["", false],
  ["other=true", false],
  ["stdin=true", true],
  ["stdin=True", true],
  ["stdin=1", true],
  ["stdin", true],
  ["stdin=yes", true],
  ["stdin=false", false],
  ["stdin=False", false],
  ["stdin=0", false],
])("%s", (query, expected) => {
  expect(queryFlag(new URLSearchParams(query), "stdin")).toBe(expected);
});
