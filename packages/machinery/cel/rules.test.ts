import { beforeAll, describe, expect, it } from "vitest";
import type { CelRule, JsonSchema } from "../structural/json-schema.ts";
import { loadCel } from "./language.ts";
import { CelRules } from "./rules.ts";

beforeAll(loadCel);

const spec: JsonSchema = {
  type: "object",
  properties: {
    replicas: { type: "integer" },
    max: { type: "integer" },
    ratio: { type: "number" },
    name: { type: "string" },
    names: { type: "array", items: { type: "string" } },
    labels: { type: "object", additionalProperties: { type: "string" } },
    items: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["key"],
      items: { type: "object", properties: { key: { type: "string" }, value: { type: "integer" } } },
    },
    port: { "x-kubernetes-int-or-string": true },
    at: { type: "string", format: "date-time" },
    timeout: { type: "string", format: "duration" },
    "a-b": { type: "string" },
    namespace: { type: "string" },
    note: { type: "string", nullable: true },
  },
};
const ruled = (...rules: CelRule[]): JsonSchema => ({
  type: "object",
  properties: { spec: { ...spec, "x-kubernetes-validations": rules } },
});
const texts = (rules: CelRules, next: object, prev?: object) =>
  rules.validate({ spec: next }, prev && { spec: prev }).map((e) => `${e.field}: ${e.message}`);
const failing = (rule: string | CelRule, next: object, prev?: object) => {
  const rules = new CelRules(ruled(typeof rule === "string" ? { rule } : rule));
  expect(rules.problems.map((p) => p.detail)).toEqual([]);
  return texts(rules, next, prev);
};

describe("a rule", () => {
  const value = {
    ...{ replicas: 3, max: 5, ratio: 0.5, name: "web", names: ["b", "a"], labels: { x: "1" }, items: [{ key: "k", value: 1 }] },
    ...{ port: 80, at: "2026-01-01T00:00:00Z", timeout: "90s", "a-b": "y", namespace: "n" },
  };

  it.each([
    "self.replicas <= self.max",
    "self.ratio < 1.0 && self.ratio * 2.0 == 1.0",
    "self.names.all(n, n.size() == 1) && self.names.exists(n, n == 'a') && self.names.exists_one(n, n == 'b')",
    "self.names.map(n, n + '!') == ['b!', 'a!'] && self.names.filter(n, n > 'a') == ['b']",
    "'x' in self.labels && self.labels['x'] == '1' && self.labels.all(k, k.startsWith('x'))",
    "self.items.all(i, i.value > 0) && self.items[0].key == 'k' && self.items.exists(i, i.key == 'k')",
    "type(self.port) == int ? self.port > 0 : self.port.endsWith('%')",
    "self.at > timestamp('2025-12-31T00:00:00Z') && self.at.getFullYear() == 2026",
    "self.timeout == duration('1m30s') && self.timeout > duration('1m')",
    "self.a__dash__b == 'y' && self.__namespace__ == 'n'",
    "has(self.name) && !has(self.note)",
    "self.?note.orValue('none') == 'none' && self.?name.hasValue()",
    "self.name.matches('^w.b$') && !'x'.matches('y') && matches(self.name, 'e')",
    "'a1b22'.findAll('[0-9]+') == ['1', '22'] && 'a1'.find('[0-9]') == '1'",
    "!self.names.isSorted() && self.names.indexOf('a') == 1 && [1, 5, 3].max() == 5 && [1, 5, 3].sum() == 9 && [2, 1].min() == 1",
    "sets.contains([1, 2, 3], [2]) && sets.equivalent(['a', 'b'], self.names) && !sets.intersects([1], [2])",
    "quantity('1Gi').isGreaterThan(quantity('1G')) && quantity('500m').add(quantity('500m')).asInteger() == 1 && !isQuantity('x')",
    "url('https://a.b:8080/c?d=e').getHost() == 'a.b:8080' && url('https://a.b/c').getEscapedPath() == '/c' && !isURL('//')",
    "isIP('10.0.0.1') && cidr('10.0.0.0/8').containsIP('10.1.2.3') && !cidr('10.0.0.0/8').containsIP(ip('11.0.0.1'))",
    "'abc'.charAt(1) == 'b' && 'aXbX'.replace('X', 'y', 1) == 'aybX' && ' a '.trim().upperAscii() == 'A' && 'a,b'.split(',').join('-') == 'a-b'",
    "cel.bind(n, self.names.size(), n == 2 && n < 3)",
    "'%s is %d, %.2f, %e'.format([self.name, self.replicas, 1.5, 1234.5]) == 'web is 3, 1.50, 1.234500e+03'",
    `'%s %s %s'.format([['a', 1, true], {'k': 2.5}, null]) == '["a", 1, true] {"k": 2.5} null'`,
    "'%x %X %o %b %b%%'.format([255, 'az', 8, 5, true]) == 'ff 617A 10 101 1%'",
    "'%s %s'.format([timestamp('2024-01-02T03:04:05Z'), duration('90s')]) == '2024-01-02T03:04:05Z 90s'",
    "self.?name.optMap(n, n + '!').orValue('') == 'web!' && !self.?note.optMap(n, n + '!').hasValue()",
    "self.?name.optFlatMap(n, optional.of(n.size())).value() == 3 && !self.?note.optFlatMap(n, optional.of(n)).hasValue()",
    "self.items.all(i, self.?name.optMap(n, n + i.key).orValue('') != '')",
    "optional.ofNonZeroValue(0).hasValue() == false && optional.ofNonZeroValue('a').value() == 'a' && self.labels[?'nope'].orValue('d') == 'd'",
    "ip('0:0::1') == ip('::1') && ip('::1').isLoopback() && !ip('::1').isGlobalUnicast() && ip('8.8.8.8').isGlobalUnicast() && ip('::').isUnspecified()",
    "ip.isCanonical('::1') && !ip.isCanonical('0::1') && ip('169.254.1.1').isLinkLocalUnicast() && ip('ff02::1').isLinkLocalMulticast()",
    "!isIP('::ffff:1.2.3.4') && !isIP('fe80::1%eth0') && isCIDR('10.0.0.0/8') && !isCIDR('10.0.0.0/33') && string(ip('1.2.3.4')) == '1.2.3.4'",
    "cidr('10.1.2.3/9').masked() == cidr('10.0.0.0/9') && cidr('fd00:1:2:3::4/40').masked() == cidr('fd00:1::/40') && cidr('10.1.2.3/9').ip().family() == 4",
    "cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && !cidr('10.1.0.0/16').containsCIDR(cidr('10.0.0.0/8')) && cidr('10.0.0.0/8').prefixLength() == 8",
    "quantity('1Gi').add(1).compareTo(quantity('1Gi')) == 1 && quantity('5').sub(5).sign() == 0",
    "[duration('1s'), duration('2s')].sum() == duration('3s')",
    "self == self && self.items == self.items && self.labels == {'x': '1'}",
    "string(self.replicas) + 'x' == '3x' && int('4') == 4 && double(self.replicas) == 3.0",
    "false || self.replicas == 3 || self.items[9].value == 1",
  ])("holds: %s", (rule) => {
    expect(failing(rule, value)).toEqual([]);
  });

  it.each<[CelRule, string]>([
    [{ rule: "self.replicas > 5 " }, 'spec: Invalid value: "object": failed rule: self.replicas > 5'],
    [{ rule: "self.replicas > 5", message: "too few" }, 'spec: Invalid value: "object": too few'],
    [{ rule: "false", messageExpression: "'have ' + string(self.replicas)", message: "m" }, 'spec: Invalid value: "object": have 3'],
    [{ rule: "false", messageExpression: "self.items[5].key", message: "m" }, 'spec: Invalid value: "object": m'],
    [{ rule: "false", messageExpression: "'a\\nb'" }, 'spec: Invalid value: "object": failed rule: false'],
    [{ rule: "false", message: "m", reason: "FieldValueForbidden", fieldPath: ".replicas" }, "spec.replicas: Forbidden: m"],
    [{ rule: "false", message: "m", reason: "FieldValueRequired", fieldPath: ".a['b-c']" }, "spec.a[b-c]: Required value: m"],
    [{ rule: "false", message: "m", reason: "FieldValueDuplicate" }, 'spec: Duplicate value: "object"'],
    [
      { rule: "self.labels['nope'] == ''" },
      `spec: Invalid value: "object": no such key: nope evaluating rule: failed rule: self.labels['nope'] == ''`,
    ],
    [{ rule: "self.replicas / 0 == 1", message: "m" }, 'spec: Invalid value: "object": division by zero evaluating rule: m'],
  ])("fails: %j", (rule, message) => {
    expect(failing(rule, value)).toEqual([message]);
  });
});

describe("a rule about a change", () => {
  it("is asked only when there was something before", () => {
    const rule = { rule: "self.replicas >= oldSelf.replicas", message: "never down" };
    expect(failing(rule, { replicas: 1 })).toEqual([]);
    expect(failing(rule, { replicas: 1 }, { replicas: 2 })).toEqual(['spec: Invalid value: "object": never down']);
    expect(failing(rule, { replicas: 3 }, { replicas: 2 })).toEqual([]);
  });

  it("finds the items of a map-like list by their keys", () => {
    const rules: CelRule[] = [{ rule: "self.value >= oldSelf.value", message: "down" }];
    const { items } = spec.properties as Record<string, JsonSchema>;
    const schema: JsonSchema = {
      type: "object",
      properties: { items: { ...items, items: { ...(items?.items as JsonSchema), "x-kubernetes-validations": rules } } as JsonSchema },
    };
    const compiled = new CelRules(schema);
    const prev = {
      items: [
        { key: "a", value: 1 },
        { key: "b", value: 5 },
      ],
    };
    const next = {
      items: [
        { key: "b", value: 4 },
        { key: "a", value: 2 },
        { key: "c", value: 0 },
      ],
    };
    expect(compiled.validate(next, prev).map((e) => e.field)).toEqual(["items[0]"]);
  });

  it("may ask whether there was anything before", () => {
    const rule = { rule: "oldSelf.hasValue() || self.replicas == 1", message: "begin with 1", optionalOldSelf: true };
    expect(failing(rule, { replicas: 2 })).toEqual(['spec: Invalid value: "object": begin with 1']);
    expect(failing(rule, { replicas: 2 }, { replicas: 1 })).toEqual([]);
  });

  it("leaves alone what was wrong before and was not touched", () => {
    expect(failing("self.replicas > 5", { replicas: 1 }, { replicas: 1 })).toEqual([]);
    expect(failing("self.replicas > 5", { replicas: 2 }, { replicas: 1 })).toHaveLength(1);
  });

  it("leaves alone the items of a list that was not touched, and asks all of one that was", () => {
    const items: JsonSchema = { type: "integer", "x-kubernetes-validations": [{ rule: "self > 5", message: "m" }] };
    const rules = new CelRules({ type: "object", properties: { list: { type: "array", items }, other: { type: "string" } } });
    expect(rules.validate({ list: [1, 9], other: "b" }, { list: [1, 9], other: "a" })).toEqual([]);
    expect(rules.validate({ list: [1, 9, 2] }, { list: [1, 9] }).map((e) => e.field)).toEqual(["list[0]", "list[2]"]);
  });
});

describe("a rule that cannot be compiled", () => {
  it.each<[CelRule, string]>([
    [{ rule: "self.nope == 1" }, "compilation failed: ERROR: <input>:1:6: undefined field 'nope'\n | self.nope == 1\n | .....^"],
    [{ rule: "selv == 1" }, "compilation failed: ERROR: <input>:1:1: undeclared reference to 'selv' (in container '')\n | selv == 1\n | ^"],
    [
      { rule: "self.replicas == 'a'" },
      "compilation failed: ERROR: <input>:1:1: found no matching overload for '_==_' applied to '(int, string)'\n | self.replicas == 'a'\n | ^",
    ],
    [{ rule: "self.replicas" }, "cel expression must evaluate to a bool"],
    [{ rule: "true", optionalOldSelf: true }, "may not be set if oldSelf is not used in rule"],
    [{ rule: "true", messageExpression: "1" }, "messageExpression must evaluate to a string"],
  ])("says why: %j", (rule, detail) => {
    expect(new CelRules(ruled(rule)).problems.map((p) => p.detail)).toEqual([detail]);
  });

  it("says that a change cannot be told within an atomic list", () => {
    const items: JsonSchema = { type: "integer", "x-kubernetes-validations": [{ rule: "self > oldSelf" }] };
    const [problem] = new CelRules({ type: "object", properties: { list: { type: "array", items } } }).problems;
    expect(problem).toMatchObject({ path: ".properties[list].items.x-kubernetes-validations[0]", part: "rule" });
    expect(problem?.detail).toContain("oldSelf cannot be used on the uncorrelatable portion of the schema");
  });
});

describe("cost", () => {
  const names = (count: number) => Array.from({ length: count }, (_, i) => `name-${i}`);

  it.each([
    "self.names.all(a, self.names.all(b, self.names.all(c, a != 'x' && b != 'x' && c != 'x')))",
    "self.names.all(a, self.names + self.names != [])",
    "self.names.map(a, self.names.map(b, a + b)).size() > 0",
    "self.names.all(a, self.names.exists(b, self.names.exists(c, c == 'nope' || b == 'nope')) || true)",
    "self.names.all(a, a in self.names)",
  ])("has an end, and the rule fails: %s", (rule) => {
    const [message] = failing({ rule, message: "m" }, { names: names(3000) });
    expect(message).toContain("no further validation rules will be run due to call cost exceeds limit for rule");
  });

  it("is no matter for rules of a customary size", () => {
    expect(failing("self.names.all(a, self.names.exists_one(b, a == b))", { names: names(100) })).toEqual([]);
  });

  it("of a pattern follows the text, whatever the pattern", () => {
    const [message] = failing("self.name.matches('^(a+)+$')", { name: `${"a".repeat(50_000)}!` });
    expect(message).toContain("failed rule");
  });
});
