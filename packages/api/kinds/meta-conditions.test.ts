import { expect, it } from "vitest";
import { validateConditions } from "./meta-conditions.ts";

const good = { type: "Ready", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z", reason: "AllFine", message: "" };

it.each<[string, object, string[]]>([
  ["good ones", {}, []],
  ["a prefix and two reasons", { type: "example.com/Ready", reason: "A,B:c_" }, []],
  [
    "no type",
    { type: "" },
    ['c[0].type: Invalid value: "": name part must be non-empty', expect.stringContaining("name part must consist")],
  ],
  ["another status", { status: "Yes" }, ['c[0].status: Unsupported value: "Yes": supported values: "False", "True", "Unknown"']],
  ["no time", { lastTransitionTime: undefined }, ["c[0].lastTransitionTime: Required value: must be set"]],
  ["no reason", { reason: "" }, ["c[0].reason: Required value: must be set"]],
  [
    "a sentence as reason",
    { reason: "All is fine." },
    [expect.stringMatching(/^c\[0\].reason: Invalid value: "All is fine.": a condition reason must start/)],
  ],
  [
    "a generation below zero",
    { observedGeneration: -1 },
    ["c[0].observedGeneration: Invalid value: -1: must be greater than or equal to zero"],
  ],
  ["a very long message", { message: "x".repeat(32769) }, ["c[0].message: Too long: may not be more than 32768 bytes"]],
])("conditions with %s", (_, more, expected) => {
  expect(validateConditions([{ ...good, ...more }], "c").map((e) => `${e.field}: ${e.message}`)).toEqual(expected);
});

it("one of each type", () => {
  expect(validateConditions([good, good], "c").map((e) => e.field)).toEqual(["c[1].type"]);
});
