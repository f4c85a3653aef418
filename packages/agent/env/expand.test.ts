import { describe, expect, it } from "vitest";
import { expand, expandStrictly } from "./expand.ts";

const values: Record<string, string> = { A: "1", EMPTY: "", "odd.name": "x", "A$(B": "nested" };
const lookup = (name: string) => values[name];

describe("expand", () => {
  it.each([
    ["plain", "plain"],
    ["$(A)", "1"],
    ["$(A)$(A)", "11"],
    ["<$(EMPTY)>", "<>"],
    ["$(odd.name)", "x"],
    ["$(MISSING)", "$(MISSING)"],
    ["$$(A)", "$(A)"],
    ["$$$(A)", "$1"],
    ["$$$$(A)", "$$(A)"],
    ["$A", "$A"],
    ["$", "$"],
    ["$(A", "$(A"],
    ["$()", "$()"],
    ["$(A$(B)", "nested"],
    ["a $(A) b $(MISSING) c", "a 1 b $(MISSING) c"],
  ])("%s -> %s", (text, expected) => {
    expect(expand(text, lookup)).toBe(expected);
  });

  it("names what is missing when it must not be", () => {
    expect(expandStrictly("a/$(A)", lookup)).toEqual({ text: "a/1" });
    expect(expandStrictly("$(NO)/$(NOR)", lookup)).toEqual({ missing: "NO" });
  });
});
