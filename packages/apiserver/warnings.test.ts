import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { warningHeaders } from "./warnings.ts";

describe("Warning headers", () => {
  it("quote their text, once each", () => {
    expect(warningHeaders([])).toEqual({});
    expect(warningHeaders(['unknown field "a\\b"', "x", "x", ""])).toEqual({
      warning: ['299 - "unknown field \\"a\\\\b\\""', '299 - "x"'],
    });
  });

  it("are UTF-8 without control characters", () => {
    const [header = ""] = warningHeaders(["ü\n\u0000x"]).warning ?? [];
    expect(Buffer.from(header, "latin1").toString("utf8")).toBe('299 - "ü x"');
  });

  it("are cut when they are many or long", () => {
    const long = "y".repeat(3000);
    expect(warningHeaders([long]).warning?.[0]).toContain(long);
    const cut = warningHeaders([long, `z${long}`]).warning ?? [];
    expect(cut.map((text) => text.length)).toEqual([256 + 8, 256 + 8]);
    const many = warningHeaders(Array.from({ length: 1000 }, (_, i) => `${i} ${"w".repeat(300)}`)).warning ?? [];
    expect(many).toHaveLength(16);
  });

  it("are always good headers", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" })), (texts) => {
        for (const header of warningHeaders(texts).warning ?? []) expect(header).toMatch(/^299 - "[\t\x20-\x7e\x80-\xff]*"$/);
      }),
    );
  });
});
