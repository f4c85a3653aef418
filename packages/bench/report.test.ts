import { expect, test } from "vitest";
import { type Figure, formatFigure, inTurns, median, meetsGoal } from "./report.ts";

const figure: Figure = { name: "a.b", value: 12_345.6, unit: "/s", peer: { name: "raw", value: 10_000 }, goal: { atLeast: 1.2 } };

test("a figure is one line with its peer, ratio and goal", () => {
  expect(formatFigure(figure)).toBe("a.b  12,346/s  raw: 10,000/s  ratio 1.23  goal >= 1.2  met");
  expect(formatFigure({ ...figure, value: 1.5, unit: "ms", peer: { name: "p", value: 3 }, goal: { atMost: 0.25 } })).toBe(
    "a.b  1.50ms  p: 3.00ms  ratio 0.500  goal <= 0.25  MISSED",
  );
});

test("without a goal nothing is missed", () => {
  const { goal: _, ...plain } = figure;
  expect(meetsGoal(plain)).toBe(true);
  expect(formatFigure(plain)).toBe("a.b  12,346/s  raw: 10,000/s  ratio 1.23");
});

test("the median of an even number is between the middle two", () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
  expect(() => median([])).toThrow("no values");
});

test("measurements take turns", async () => {
  const order: string[] = [];
  let next = 1;
  const measure = (name: string) => async () => {
    order.push(name);
    return next++;
  };
  expect(await inTurns(3, { a: measure("a"), b: measure("b") })).toEqual({ a: 3, b: 4 });
  expect(order.join("")).toBe("ababab");
});
