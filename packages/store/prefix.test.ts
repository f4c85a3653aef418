import fc from "fast-check";
import { expect, test } from "vitest";
import { prefixEnd } from "./prefix.ts";

const inBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
const text = fc.string({ unit: "binary", maxLength: 6 });

test("is above everything with the prefix, and not above its next sibling", () => {
  fc.assert(
    fc.property(text, text, (prefix, other) => {
      const end = prefixEnd(prefix);
      if (end === undefined) {
        expect(prefix.replaceAll("\u{10ffff}", "")).toBe("");
        return;
      }
      expect(end.isWellFormed()).toBe(true);
      expect(inBytes(prefix + other, end)).toBeLessThan(0);
      const within = inBytes(other, prefix) >= 0 && inBytes(other, end) < 0;
      expect(within).toBe(other.startsWith(prefix));
    }),
  );
});

test("steps over the surrogates, and past the highest character", () => {
  expect(prefixEnd("/a/")).toBe("/a0");
  expect(prefixEnd("\ud7ff")).toBe("\ue000");
  expect(prefixEnd("a\u{10ffff}")).toBe("b");
  expect(prefixEnd("\u{10ffff}")).toBeUndefined();
  expect(prefixEnd("")).toBeUndefined();
});
