import { beforeAll, describe, expect, it } from "vitest";
import type { JsonSchema } from "../structural/json-schema.ts";
import { loadCel } from "./language.ts";
import { CelRules } from "./rules.ts";

beforeAll(loadCel);

const TEXT: JsonSchema = { type: "string" };
const INT: JsonSchema = { type: "integer" };
const short: JsonSchema = { type: "string", maxLength: 10 };
const list = (items: JsonSchema, extra: object = {}): JsonSchema => ({ type: "array", items, ...extra });
const map = (values: JsonSchema, extra: object = {}): JsonSchema => ({ type: "object", additionalProperties: values, ...extra });
const object = (properties: Record<string, JsonSchema>, extra: object = {}): JsonSchema => ({ type: "object", properties, ...extra });

/** The cost of a rule about a field of the root. */
function costOf(field: JsonSchema, rule: string): number {
  const rules = new CelRules(object({ field: { ...field, "x-kubernetes-validations": [{ rule }] } }));
  expect(rules.problems).toEqual([]);
  return rules.costs()[0]?.cost ?? Number.NaN;
}

describe("what a rule may cost", () => {
  // The first figures are those that upstream's own tests expect.
  it.each<[JsonSchema, string, number]>([
    [list({ type: "number" }), "self.all(x, true)", 4718591],
    [list({ type: "number" }, { maxItems: 10 }), "self.all(x, true)", 32],
    [list(TEXT), "self.all(x, true)", 3145727],
    [list({ type: "boolean" }), "self.all(x, true)", 1887437],
    [map({ type: "number" }), "self.all(x, true)", 1348169],
    [map({ type: "number" }, { maxProperties: 10 }), "self.all(x, true)", 32],
    [INT, "self > 1", 1],
    [short, "self == 'x'", 2],
    [short, "self.startsWith('abcdefghijk')", 3],
    [short, "self.matches('^[a-z]+$')", 1 + 5 * 2],
    [short, "self.contains('0123456789a')", 1 + 4 * 2],
    [list(short, { maxItems: 5 }), "self.exists(x, x == 'a')", 2 + 5 * (3 + 1 + 2)],
    [list(short, { maxItems: 5 }), "self.map(x, x + 'a').size() == 5", 12 + 5 * (12 + 1 + 5) + 1 + 1],
    [list(short, { maxItems: 5 }), "self.filter(x, x != '').size() > 0", 12 + 5 * (1 + 13) + 1 + 1],
    [list(list(INT, { maxItems: 3 }), { maxItems: 5 }), "self.all(x, x.all(y, y > 0))", 2 + 5 * (3 + 2 + 3 * (3 + 1))],
    [object({ a: INT, b: INT }), "has(self.a) && self.b > 0", 1 + 2],
    [object({ a: short }), "self.a == 'x' ? self.a.size() > 1 : true", 3 + 4],
  ])("%j: %s", (field, rule, cost) => {
    expect(costOf(field, rule)).toBe(cost);
  });

  it("counts as often as there can be values, and without a bound as many as fit in a request", () => {
    const rule = { "x-kubernetes-validations": [{ rule: "self > 1" }] };
    const all = new CelRules(
      object({
        one: { ...INT, ...rule },
        some: list({ ...INT, ...rule }, { maxItems: 5 }),
        more: map(list({ ...INT, ...rule }, { maxItems: 5 }), { maxProperties: 4 }),
        any: list({ ...INT, ...rule }),
        deep: list(map({ ...INT, ...rule }, { maxProperties: 4 })),
      }),
    ).costs();
    expect(all.map(({ path, cost }) => [path.split(".")[2] ?? path, cost])).toHaveLength(5);
    expect(all.map(({ cost }) => cost)).toEqual([1, 5, 20, 1572864, 1572864]);
  });

  it("has no bound where nothing is known of a value any more", () => {
    expect(costOf(list(short, { maxItems: 5 }), "self.map(x, x).all(y, y.matches('a+'))")).toBe(Number.POSITIVE_INFINITY);
  });

  it("of a message counts by itself", () => {
    const rule = { rule: "self > 1", messageExpression: "'is ' + string(self)" };
    expect(new CelRules(object({ a: { ...INT, "x-kubernetes-validations": [rule] } })).costs()).toEqual([
      { path: ".properties[a].x-kubernetes-validations[0]", part: "rule", cost: 1 },
      { path: ".properties[a].x-kubernetes-validations[0]", part: "messageExpression", cost: expect.any(Number) },
    ]);
  });
});
