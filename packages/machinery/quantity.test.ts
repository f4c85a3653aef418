import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Quantity } from "./quantity.ts";

const canonical = (text: string | number) => Quantity.parse(text).toString();

describe("Quantity", () => {
  it.each([
    ["0", "0"],
    ["0m", "0"],
    ["-0", "0"],
    ["1000m", "1"],
    ["0.5", "500m"],
    [".5", "500m"],
    ["1.", "1"],
    ["1000", "1k"],
    ["1024", "1024"],
    ["1024Ki", "1Mi"],
    ["1000Ki", "1000Ki"],
    ["1.5Gi", "1536Mi"],
    ["0.5Ki", "512"],
    ["1023Ki", "1023Ki"],
    ["-1024Mi", "-1Gi"],
    ["0.001Ki", "1024m"],
    ["1e3", "1e3"],
    ["1E6", "1e6"],
    ["1500e3", "1500e3"],
    ["15e5", "1500e3"],
    ["1e-3", "1e-3"],
    ["1e-12", "1e-9"],
    ["1E", "1E"],
    ["1000E", "1000E"],
    ["100u", "100u"],
    ["1n", "1n"],
    ["0.1n", "1n"],
    ["-0.1n", "-1n"],
    ["+5", "5"],
    ["0001", "1"],
    ["9223372036854775807Ei", "9223372036854775807"],
    ["12345678901234567890", "12345678901234567890"],
  ])("prints %s as %s", (text, expected) => {
    expect(canonical(text)).toBe(expected);
  });

  it("takes numbers as YAML gives them", () => {
    expect(canonical(0.25)).toBe("250m");
    expect(canonical(2)).toBe("2");
    expect(canonical(1e21)).toBe("1e21");
  });

  it.each(["", "abc", "1.1.M", "1+1.0M", "1 ", " 1", "0.1am", "1e1.5"])("refuses the shape of '%s'", (text) => {
    expect(() => Quantity.parse(text)).toThrow(/must match the regular expression/);
  });

  it.each(["1i", "0.1mi", ".5i", "1e", "1ki", "-3.01e-", "1e99999999", "1mm", "--1"])("refuses the suffix of '%s'", (text) => {
    expect(() => Quantity.parse(text)).toThrow("unable to parse quantity's suffix");
  });

  it("rounds whole and milli values up", () => {
    expect(Quantity.parse("1.2").value()).toBe(2);
    expect(Quantity.parse("-1.2").value()).toBe(-2);
    expect(Quantity.parse("100u").milliValue()).toBe(1);
    expect(Quantity.parse("2Gi").value()).toBe(2 ** 31);
  });

  it("keeps the format of a sum", () => {
    expect(Quantity.parse("1Gi").add(Quantity.parse("1Gi")).toString()).toBe("2Gi");
    expect(Quantity.zero.add(Quantity.parse("1Gi")).toString()).toBe("1Gi");
    expect(Quantity.parse("1").sub(Quantity.parse("250m")).toString()).toBe("750m");
  });

  const suffix = fc.constantFrom("n", "u", "m", "", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "e3", "E-6", "e12");
  const text = fc
    .tuple(fc.constantFrom("", "-", "+"), fc.bigInt(0n, 10n ** 15n), fc.option(fc.stringMatching(/^\d{1,6}$/)), suffix)
    .map(([sign, whole, fraction, unit]) => `${sign}${whole}${fraction === null ? "" : `.${fraction}`}${unit}`);

  it("prints what parses back to the same amount, and is stable", () => {
    fc.assert(
      fc.property(text, (t) => {
        const q = Quantity.parse(t);
        const back = Quantity.parse(q.toString());
        expect(back.nanos).toBe(q.nanos);
        expect(back.toString()).toBe(q.toString());
        expect(q.toString()).not.toContain(".");
      }),
    );
  });

  it("adds, subtracts and compares like integers", () => {
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 20n), 10n ** 20n), fc.bigInt(-(10n ** 20n), 10n ** 20n), (a, b) => {
        const [qa, qb] = [Quantity.parse(`${a}n`), Quantity.parse(`${b}n`)];
        expect(qa.add(qb).nanos).toBe(a + b);
        expect(qa.sub(qb).nanos).toBe(a - b);
        expect(qa.compare(qb)).toBe(a < b ? -1 : a > b ? 1 : 0);
        expect(qa.neg().nanos).toBe(-a);
      }),
    );
  });
});
