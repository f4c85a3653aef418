import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonSyntaxError } from "./syntax-error.ts";

const END = "unexpected end of JSON input";

describe("jsonSyntaxError", () => {
  it.each([
    ["", END],
    ["{", END],
    ['{"a', END],
    ['{"a"', END],
    ['{"a":', END],
    ['{"a":1', END],
    ['{"a":1,', END],
    ["[1", END],
    ["[1,", END],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ["{a:1}", "invalid character 'a' looking for beginning of object key string"],
    ["{]", "invalid character ']' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b":2}', "invalid character '\"' after object key:value pair"],
    ["{} x", "invalid character 'x' after top-level value"],
    ["01", "invalid character '1' after top-level value"],
    ["[1 2]", "invalid character '2' after array element"],
    ["[1,]", "invalid character ']' looking for beginning of value"],
    ["[}", "invalid character '}' looking for beginning of value"],
    ['{"a":}', "invalid character '}' looking for beginning of value"],
    ["'a'", "invalid character '\\'' looking for beginning of value"],
    ["NaN", "invalid character 'N' looking for beginning of value"],
    ["\ufeff{}", "invalid character 'ï' looking for beginning of value"],
    ["\u0001", "invalid character '\\x01' looking for beginning of value"],
    ["nil", "invalid character 'i' in literal null (expecting 'u')"],
    ["trux", "invalid character 'x' in literal true (expecting 'e')"],
    ["fals", "invalid character ' ' in literal false (expecting 'e')"],
    ["-", "invalid character ' ' in numeric literal"],
    ["-a", "invalid character 'a' in numeric literal"],
    ["1.x", "invalid character 'x' after decimal point in numeric literal"],
    ["1e+", "invalid character ' ' in exponent of numeric literal"],
    ['"a\nb"', "invalid character '\\n' in string literal"],
    ['"a\\q"', "invalid character 'q' in string escape code"],
    ['"\\u12x4"', "invalid character 'x' in \\u hexadecimal character escape"],
  ])("says of %j what Go says", (text, message) => {
    expect(jsonSyntaxError(text)).toBe(message);
  });

  it("finds fault exactly where JSON.parse does", () => {
    const pieces = fc.constantFrom(...'{}[],:"\\ tfn-+.eE019u\n\u0001é', '"a"', '"k":', "true", "false", "null", "1.5e3", "\\u00e9");
    const text = fc.oneof(
      fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join("")),
      fc.tuple(fc.json(), fc.nat(), fc.nat(2), pieces).map(([json, at, cut, piece]) => {
        const place = at % (json.length + 1);
        return json.slice(0, place) + piece + json.slice(place + cut);
      }),
    );
    fc.assert(
      fc.property(text, (candidate) => {
        expect(jsonSyntaxError(candidate) === undefined).toBe(isJson(candidate));
      }),
      { numRuns: 2000 },
    );
  });

  it("needs no stack for nesting", () => {
    expect(jsonSyntaxError("[".repeat(1_000_000))).toBe(END);
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
