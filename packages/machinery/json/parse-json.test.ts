import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJson } from "./parse-json.ts";

describe("parseJson", () => {
  it("gives the value, and the last of two equal keys", () => {
    expect(parseJson('{"a":1,"b":[true,null,"x"]}')).toMatchObject({ value: { a: 1, b: [true, null, "x"] }, duplicates: [] });
    expect(parseJson('{"a":1,"a":2}').value).toEqual({ a: 2 });
  });

  it("finds duplicate keys with their paths", () => {
    const text = '{"spec":{"containers":[{"name":"a"},{"name":"b","name":"c"}],"x":{}, "x" : 1},"m":{"a.b":1,"\\u0061.b":2},"spec":{}}';
    expect(parseJson(text).duplicates).toEqual(["spec.containers[1].name", "spec.x", "m.a.b", "spec"]);
  });

  it("is not led astray by strings", () => {
    expect(parseJson('{"a":"{\\"b\\":1,\\"b\\":2}","c":"\\\\","d":["a","a"],"e":"a"}').duplicates).toEqual([]);
  });

  it("finds none in what JSON.stringify wrote", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        if (text.includes("__proto__")) return;
        const parsed = parseJson(text);
        expect(parsed.value).toEqual(JSON.parse(text));
        expect(parsed.duplicates).toEqual([]);
      }),
    );
  });

  it("refuses what is no JSON", () => {
    expect(() => parseJson('{"a":')).toThrow(SyntaxError);
    expect(() => parseJson("")).toThrow(SyntaxError);
  });

  it("refuses a way to a prototype, however it is written", () => {
    expect(() => parseJson('{"a":[{"__proto__":{"x":1}}]}')).toThrow('the key "__proto__" is not allowed');
    expect(() => parseJson('{"\\u005f_proto__":1}')).toThrow('the key "__proto__" is not allowed');
    expect(parseJson('{"a":"__proto__"}').value).toEqual({ a: "__proto__" });
  });

  it("refuses deep nesting, and survives a million brackets", () => {
    expect(() => parseJson("[".repeat(1001) + "]".repeat(1001))).toThrow("exceeded max depth");
    expect(() => parseJson("[".repeat(1_000_000) + "]".repeat(1_000_000))).toThrow();
    expect(parseJson("[".repeat(1000) + "]".repeat(1000)).duplicates).toEqual([]);
  });
});
