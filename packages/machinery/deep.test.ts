import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deepCopy } from "./deep-copy.ts";
import { deepEqual, semanticEqual } from "./deep-equal.ts";

const json = fc.jsonValue({ maxDepth: 4 });

describe("deepCopy and deepEqual", () => {
  it("copy is equal, and apart", () => {
    fc.assert(
      fc.property(json, (value) => {
        const copy = deepCopy(value);
        expect(copy).toEqual(value);
        expect(deepEqual(copy, value)).toBe(true);
        if (typeof value === "object" && value !== null) expect(copy).not.toBe(value);
      }),
    );
  });

  it("copies a key that would be a prototype as a key", () => {
    const value: unknown = JSON.parse('{"__proto__":{"x":1},"a":[{"__proto__":2}]}');
    expect(JSON.stringify(deepCopy(value))).toBe(JSON.stringify(value));
    expect((deepCopy(value) as { x?: number }).x).toBeUndefined();
  });

  it("equal means the same JSON, whatever the order of keys", () => {
    const sorted = (value: unknown): string =>
      JSON.stringify(value, (_, v: unknown) =>
        v && typeof v === "object" && !Array.isArray(v) ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1))) : v,
      );
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(deepEqual(a, b)).toBe(sorted(a) === sorted(b));
      }),
    );
  });

  it("takes undefined for absent", () => {
    expect(deepEqual({ a: undefined }, {})).toBe(true);
    expect(deepEqual({ a: undefined }, { b: undefined })).toBe(true);
    expect(deepEqual({ a: null }, {})).toBe(false);
    expect(deepEqual({ toString: undefined }, {})).toBe(true);
    expect(deepEqual([1], { 0: 1 })).toBe(false);
  });
});

describe("semanticEqual", () => {
  it("takes empty for absent, at every depth", () => {
    expect(semanticEqual({ a: [], c: null, d: 1 }, { d: 1 })).toBe(true);
    expect(semanticEqual({ a: { b: [] } }, { a: {} })).toBe(true);
    expect(semanticEqual({ selector: {} }, {})).toBe(false);
    expect(semanticEqual({ a: 0 }, {})).toBe(false);
    expect(semanticEqual({ a: "" }, {})).toBe(false);
    expect(semanticEqual([{ a: [] }], [{}])).toBe(true);
    expect(semanticEqual([{}], [])).toBe(false);
  });
});
