import fc from "fast-check";
import { expect, it } from "vitest";
import {
  countCommon,
  countIndexes,
  firstFree,
  formatIndexes,
  hasIndex,
  NO_INDEXES,
  parseIndexes,
  unionIndexes,
  withIndexes,
} from "./indexes.ts";

it.each([
  ["", 5, "", 0],
  ["0", 5, "0", 1],
  ["0,1", 5, "0,1", 2],
  ["0-2,4", 5, "0-2,4", 4],
  ["1,3-7,9", 5, "1,3,4", 3],
  ["7,8", 5, "", 0],
])("%s of %i is %s", (text, completions, expected, count) => {
  const indexes = parseIndexes(text, completions);
  expect(formatIndexes(indexes)).toBe(expected);
  expect(countIndexes(indexes)).toBe(count);
});

it("are sets of numbers", () => {
  const numbers = fc.array(fc.nat(40));
  fc.assert(
    fc.property(numbers, numbers, fc.nat(50), fc.integer({ min: 1, max: 50 }), (a, b, count, completions) => {
      const [x, y] = [withIndexes(NO_INDEXES, a), withIndexes(NO_INDEXES, b)];
      const [s, t] = [new Set(a), new Set(b)];
      const both = unionIndexes(x, y);
      expect(both).toEqual(withIndexes(x, b));
      expect(countIndexes(both)).toBe(new Set([...a, ...b]).size);
      expect(countCommon(x, y)).toBe([...s].filter((i) => t.has(i)).length);
      for (let i = 0; i <= 41; i++) expect(hasIndex(x, i)).toBe(s.has(i));
      expect(parseIndexes(formatIndexes(x), 41)).toEqual(x);
      const free = Array.from({ length: completions }, (_, i) => i).filter((i) => !s.has(i));
      expect(firstFree(x, count, completions)).toEqual(free.slice(0, count));
    }),
  );
});
