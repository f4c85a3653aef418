import { expect, it } from "vitest";
import { type AnyCondition, getCondition, setCondition, withoutCondition } from "./conditions.ts";

const at = (seconds: number) => Date.UTC(2026, 0, 1, 0, 0, seconds);
const first = setCondition<AnyCondition>(undefined, { type: "Ready", status: "False", reason: "Why" }, at(0));

it("moves the transition time with the status only", () => {
  const again = setCondition(first, { type: "Ready", status: "False", reason: "Other" }, at(5));
  expect(getCondition(again, "Ready")).toEqual({
    type: "Ready",
    status: "False",
    reason: "Other",
    lastTransitionTime: "2026-01-01T00:00:00Z",
  });
  expect(getCondition(setCondition(again, { type: "Ready", status: "True" }, at(9)), "Ready")?.lastTransitionTime).toBe(
    "2026-01-01T00:00:09Z",
  );
});

it("gives the same list when nothing changes", () => {
  expect(setCondition(first, { type: "Ready", status: "False", reason: "Why" }, at(5))).toBe(first);
  expect(withoutCondition(first, "Ready")).toEqual([]);
});
