import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FieldSelector, parseFieldSelector } from "./field-selector.ts";

const pod: Record<string, string> = { "metadata.name": "a", "status.phase": "Running", odd: "x,y=z\\" };
const matches = (text: string) => parseFieldSelector(text).matches((field) => pod[field]);

describe("FieldSelector", () => {
  it.each([
    ["", true],
    ["metadata.name=a", true],
    ["metadata.name==a,status.phase!=Pending", true],
    ["metadata.name!=a", false],
    ["missing=", true],
    [",metadata.name=a,", true],
    ["odd=x\\,y\\=z\\\\", true],
  ])("%s -> %s", (text, expected) => {
    expect(matches(text)).toBe(expected);
  });

  it.each([
    ["abc", "invalid selector: 'abc'; can't understand 'abc'"],
    ["a=b=c", "invalid field selector: unescaped character in value: ="],
    ["a=\\x", "invalid field selector: invalid escape sequence: \\x"],
    ["a=\\", "invalid field selector: invalid escape sequence: \\"],
  ])("refuses %s", (text, message) => {
    expect(() => parseFieldSelector(text)).toThrow(message);
  });

  it("finds an exact match", () => {
    expect(parseFieldSelector("a!=x,spec.nodeName=n1").requiresExactMatch("spec.nodeName")).toBe("n1");
    expect(parseFieldSelector("spec.nodeName!=n1").requiresExactMatch("spec.nodeName")).toBeUndefined();
  });

  it("prints what parses back to the same selector", () => {
    const requirement = fc.record({
      field: fc.stringMatching(/^[a-z.]{1,8}$/),
      operator: fc.constantFrom("=" as const, "!=" as const),
      value: fc.string({ unit: fc.constantFrom("a", ",", "=", "\\", "!", " ", "\n") }),
    });
    fc.assert(
      fc.property(fc.array(requirement), (requirements) => {
        expect(parseFieldSelector(String(new FieldSelector(requirements))).requirements).toEqual(requirements);
      }),
    );
  });
});
