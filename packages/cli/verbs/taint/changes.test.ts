import { describe, expect, it } from "vitest";
import { changeTaints, clashes, parseTaints } from "./changes.ts";

const present = [
  { key: "a", value: "1", effect: "NoSchedule" },
  { key: "a", effect: "NoExecute" },
];

describe("taints", () => {
  it.each([
    [["b=2:NoSchedule"], "tainted", ["b=2:NoSchedule", "a=1:NoSchedule", "a=:NoExecute"]],
    [["a=2:NoSchedule"], "modified", ["a=2:NoSchedule", "a=:NoExecute"]],
    [["a:NoSchedule-"], "untainted", ["a=:NoExecute"]],
    [["a-"], "untainted", []],
    [["b:NoExecute", "a-"], "modified", ["b=:NoExecute"]],
  ])("%s", (words, done, left) => {
    const { taints, done: said } = changeTaints(present, parseTaints(words));
    expect(said).toBe(done);
    expect(taints.map(({ key, value = "", effect }) => `${key}=${value}:${effect}`)).toEqual(left);
  });

  it("clash by key and effect", () => {
    expect(clashes(present, parseTaints(["a=9:NoSchedule"]))).toBe(true);
    expect(clashes(present, parseTaints(["a=9:PreferNoSchedule"]))).toBe(false);
  });

  it.each([
    ["a=b:Strange", "invalid taint effect: Strange, unsupported taint effect"],
    ["a", "invalid taint spec: a"],
    ["a:b:c", "invalid taint spec: a:b:c"],
    ["!=x:NoSchedule", "invalid taint spec"],
  ])("refuses %s", (word, why) => {
    expect(() => parseTaints([word])).toThrow(why);
  });

  it("cannot remove what is not there", () => {
    expect(() => changeTaints(present, parseTaints(["b-"]))).toThrow('taint "b" not found');
    expect(() => changeTaints(present, parseTaints(["a:PreferNoSchedule-"]))).toThrow('taint "a:PreferNoSchedule" not found');
  });
});
