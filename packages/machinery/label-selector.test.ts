import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LabelSelector, labelSelectorFrom, labelSelectorOf, parseLabelSelector } from "./label-selector.ts";
import { validateLabelSelector } from "./label-selector-validation.ts";

const labels = { app: "web", tier: "front", size: "3", "example.com/x": "" };

describe("parseLabelSelector", () => {
  it.each([
    ["", true],
    ["app=web", true],
    ["app==web", true],
    ["app = web , tier=front", true],
    ["app!=web", false],
    ["missing!=web", true],
    ["app in (web, api)", true],
    ["app in (api)", false],
    ["app notin (api)", true],
    ["missing notin (api)", true],
    ["app", true],
    ["!app", false],
    ["!missing", true],
    ["size>2", true],
    ["size<2", false],
    ["app>2", false],
    ["example.com/x=", true],
    ["example.com/x", true],
    ["example.com/x in ()", true],
    ["example.com/x in (,a)", true],
    ["in in (in,notin)", false],
    ["missing=", false],
  ])("%s -> %s", (text, expected) => {
    expect(parseLabelSelector(text).matches(labels)).toBe(expected);
  });

  it.each([
    ["app,", "found '', expected: identifier after ','"],
    ["app=a b", "found 'b', expected: ',' or 'end of string'"],
    ["=a", "found '=', expected: !, identifier, or 'end of string'"],
    ["!", "unable to parse requirement: found '', expected: identifier"],
    ["app web", "unable to parse requirement: found 'web', expected: in, notin, =, ==, !=, gt, lt"],
    ["app in web", "unable to parse requirement: found 'web' expected: '('"],
    ["app in (a b)", "unable to parse requirement: found 'b', expected: ',' or ')'"],
    ["app in (a", "unable to parse requirement: found '', expected: ',' or ')'"],
    ["app=(", "unable to parse requirement: found '(', expected: identifier"],
    ["app>x", "unable to parse requirement: values: Invalid value: [\"x\"]: for 'Gt', 'Lt' operators, the value must be an integer"],
    ["app=@", /^unable to parse requirement: values\[0\]\[app\]: Invalid value: "@": a valid label must be an empty string or consist of/],
    ["@=a", /^unable to parse requirement: <nil>: Invalid value: "@": name part must consist of alphanumeric characters, '-', '_' or '.'/],
    ["a/b/c=d", /^unable to parse requirement: <nil>: Invalid value: "a\/b\/c": a qualified name must consist of/],
  ])("refuses %s", (text, message) => {
    expect(() => parseLabelSelector(text)).toThrow(message);
  });

  const word = fc.stringMatching(/^[a-z]([a-z0-9._-]{0,8}[a-z0-9])?$/);
  const values = fc.uniqueArray(fc.oneof(word, fc.constant("")), { minLength: 1, maxLength: 3 }).map((v) => v.join(","));
  const term = fc.oneof(
    word,
    word.map((k) => `!${k}`),
    fc.tuple(word, fc.constantFrom("=", "==", "!="), word).map(([k, op, v]) => k + op + v),
    fc.tuple(word, fc.constantFrom("in", "notin"), values).map(([k, op, v]) => `${k} ${op} (${v})`),
    fc.tuple(word, fc.constantFrom("<", ">"), fc.nat()).map(([k, op, v]) => k + op + v),
  );

  it("prints what parses back to the same selector", () => {
    fc.assert(
      fc.property(fc.array(term, { maxLength: 4 }), (terms) => {
        const selector = parseLabelSelector(terms.join(","));
        expect(parseLabelSelector(String(selector)).requirements).toEqual(selector.requirements);
      }),
    );
  });

  it("never throws anything but an Error", () => {
    const hostile = fc.string({ unit: fc.constantFrom("a", "in", "notin", "=", "!", "(", ")", ",", " ", "<", ">", "@", "/") });
    fc.assert(
      fc.property(hostile, (text) => {
        try {
          parseLabelSelector(text);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
    );
  });
});

describe("selectors of specs", () => {
  it("tells an absent selector from an empty one", () => {
    expect(labelSelectorFrom(undefined).matches(labels)).toBe(false);
    expect(labelSelectorFrom(undefined).empty).toBe(false);
    expect(labelSelectorFrom({}).matches(undefined)).toBe(true);
    expect(labelSelectorFrom({}).empty).toBe(true);
    expect(labelSelectorOf({ app: "web" }).matches(labels)).toBe(true);
    expect(LabelSelector.everything.matches(undefined)).toBe(true);
  });

  it("joins matchLabels and matchExpressions", () => {
    const selector = labelSelectorFrom({
      matchLabels: { app: "web" },
      matchExpressions: [
        { key: "tier", operator: "In", values: ["front", "back"] },
        { key: "gone", operator: "DoesNotExist" },
      ],
    });
    expect(String(selector)).toBe("app=web,!gone,tier in (back,front)");
    expect(selector.matches(labels)).toBe(true);
    expect(() => labelSelectorFrom({ matchExpressions: [{ key: "a", operator: "Maybe" }] })).toThrow(
      '"Maybe" is not a valid label selector operator',
    );
  });

  it("validates them with paths", () => {
    const errors = validateLabelSelector(
      {
        matchLabels: { app: "-" },
        matchExpressions: [
          { key: "a", operator: "In" },
          { key: "b", operator: "Exists", values: ["x"] },
          { key: "c", operator: "No" },
        ],
      },
      "spec.selector",
    );
    expect(errors.map((e) => e.field)).toEqual([
      "spec.selector.matchLabels",
      "spec.selector.matchExpressions[0].values",
      "spec.selector.matchExpressions[1].values",
      "spec.selector.matchExpressions[2].operator",
    ]);
  });
});
