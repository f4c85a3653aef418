import { describe, expect, it } from "vitest";
import { sortByPath } from "./sort.ts";

const sorted = (values: readonly unknown[]) =>
  sortByPath(
    values.map((v) => (v === undefined ? {} : { v })),
    ".v",
    (item) => item,
  ).map((item) => (item as { v?: unknown }).v);

describe("--sort-by", () => {
  it.each([
    ["numbers", [10, 9, -1], [-1, 9, 10]],
    ["names with numbers", ["pod-10", "pod-9", "pod"], ["pod", "pod-9", "pod-10"]],
    ["quantities", ["1Gi", "500m", "2k"], ["500m", "2k", "1Gi"]],
    ["times", ["2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"], ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"]],
    ["what is missing", ["b", undefined, "a"], [undefined, "a", "b"]],
    ["nothing", [], []],
  ])("%s", (_, values, wanted) => {
    expect(sorted(values)).toEqual(wanted);
  });

  it("says when no object has the field", () => {
    expect(() => sorted([undefined, undefined])).toThrow(`couldn't find any field with path ".v" in the list of objects`);
  });
});
