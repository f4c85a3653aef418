import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyMergePatch } from "./merge-patch.ts";

describe("applyMergePatch", () => {
  // RFC 7396, appendix A, as far as the patch is an object.
  it.each([
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: "b", c: null }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])("%j with %j is %j", (doc, patch, expected) => {
    expect(applyMergePatch<unknown>(doc, patch)).toEqual(expected);
  });

  it.each([[["c"]], ["bar"], [null], [1]])("refuses the patch %j", (patch) => {
    expect(() => applyMergePatch({}, patch)).toThrow("a merge patch must be a JSON object");
  });

  it("takes __proto__ for a name like any other", () => {
    const patch: unknown = JSON.parse('{"data":{"__proto__":{"a":"1"}}}');
    const once = applyMergePatch<object>({ data: { b: "2" } }, patch);
    expect(JSON.stringify(once)).toBe('{"data":{"b":"2","__proto__":{"a":"1"}}}');
    expect(JSON.stringify(applyMergePatch(once, patch))).toBe(JSON.stringify(once));
    expect((once as { data: { a?: string } }).data.a).toBeUndefined();
  });

  it("is idempotent, and leaves document and patch alone", () => {
    const data = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.jsonValue({ maxDepth: 3 }));
    fc.assert(
      fc.property(data, data, (doc, patch) => {
        const before = JSON.stringify([doc, patch]);
        const once = applyMergePatch<object>(doc, patch);
        expect(applyMergePatch(once, patch)).toEqual(once);
        expect(JSON.stringify([doc, patch])).toBe(before);
      }),
    );
  });
});
