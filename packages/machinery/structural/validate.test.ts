import { beforeAll, describe, expect, it } from "vitest";
import type { JsonSchema } from "./json-schema.ts";
import { validateListTypes } from "./list-types.ts";
import { loadPatterns } from "./pattern.ts";
import { validateStructural, validateStructuralUpdate } from "./validate.ts";

beforeAll(loadPatterns);

const wrong = (x: JsonSchema, value: unknown) =>
  validateStructural({ type: "object", properties: { spec: { type: "object", properties: { x } } } }, { spec: { x: value } }).map(
    (e) => `${e.type} ${e.field}: ${e.message}`,
  );
const typed = (found: string, wanted: string) =>
  `FieldValueTypeInvalid spec.x: Invalid value: ${JSON.stringify(found)}: spec.x in body must be of type ${wanted}: ${JSON.stringify(found)}`;
const says = (value: string, what: string) => `FieldValueInvalid spec.x: Invalid value: ${value}: spec.x in body ${what}`;

describe("types", () => {
  it.each<[JsonSchema, unknown, string]>([
    [{ type: "integer" }, "a", typed("string", "integer")],
    [{ type: "integer" }, 1.5, typed("number", "integer")],
    [{ type: "integer", format: "int32" }, "a", typed("string", "integer")],
    [{ type: "integer", format: "int32" }, 1.5, typed("double", "int32")],
    [{ type: "string" }, 5, typed("integer", "string")],
    [{ type: "string" }, null, typed("null", "string")],
    [{ type: "boolean" }, "true", typed("string", "boolean")],
    [{ type: "array", items: { type: "string" } }, {}, typed("object", "array")],
    [{ type: "object" }, [], typed("array", "object")],
    [{ "x-kubernetes-int-or-string": true }, true, typed("boolean", "integer,string")],
  ])("%j refuses %j", (schema, value, message) => {
    expect(wrong(schema, value)).toEqual([message]);
  });

  it.each<[JsonSchema, unknown]>([
    [{ type: "number" }, 5],
    [{ type: "integer" }, 5.0],
    [{ type: "string", nullable: true }, null],
    [{ "x-kubernetes-int-or-string": true }, 5],
    [{ "x-kubernetes-int-or-string": true }, "50%"],
    [{ "x-kubernetes-preserve-unknown-fields": true }, { a: [1, "b"] }],
  ])("%j takes %j", (schema, value) => {
    expect(wrong(schema, value)).toEqual([]);
  });
});

describe("keywords", () => {
  it.each<[JsonSchema, unknown, string]>([
    [{ type: "string", enum: ["a", "b"] }, "c", 'FieldValueNotSupported spec.x: Unsupported value: "c": supported values: "a", "b"'],
    [{ type: "string", maxLength: 2 }, "abc", "FieldValueTooLong spec.x: Too long: may not be longer than 2"],
    [{ type: "string", minLength: 2 }, "é", says('"é"', "should be at least 2 chars long")],
    [{ type: "string", pattern: "^a+$" }, "b", says('"b"', "should match '^a+$'")],
    [{ type: "integer", minimum: 1 }, 0, says("0", "should be greater than or equal to 1")],
    [{ type: "integer", minimum: 1, exclusiveMinimum: true }, 1, says("1", "should be greater than 1")],
    [{ type: "number", maximum: 1.5 }, 2, says("2", "should be less than or equal to 1.5")],
    [{ type: "number", maximum: 2, exclusiveMaximum: true }, 2, says("2", "should be less than 2")],
    [{ type: "number", multipleOf: 0.1 }, 0.25, says("0.25", "should be a multiple of 0.1")],
    [
      { type: "array", items: { type: "integer" }, maxItems: 1 },
      [1, 2],
      "FieldValueTooMany spec.x: Too many: 2: must have at most 1 items",
    ],
    [{ type: "array", items: { type: "integer" }, minItems: 1 }, [], says("0", "should have at least 1 items")],
    [
      { type: "object", additionalProperties: { type: "string" }, maxProperties: 1 },
      { a: "", b: "" },
      "FieldValueTooMany spec.x: Too many: 2: must have at most 1 items",
    ],
    [{ type: "object", additionalProperties: { type: "string" }, minProperties: 1 }, {}, says("0", "should have at least 1 properties")],
    [{ type: "object", required: ["y"], properties: { y: { type: "string" } } }, {}, "FieldValueRequired spec.x.y: Required value"],
  ])("%j refuses %j", (schema, value, message) => {
    expect(wrong(schema, value)).toEqual([message]);
  });

  it("say where in lists and maps", () => {
    const schema: JsonSchema = { type: "array", items: { type: "object", additionalProperties: { type: "integer" } } };
    expect(wrong(schema, [{}, { a: "b" }])).toEqual([
      'FieldValueTypeInvalid spec.x[1].a: Invalid value: "string": spec.x[1].a in body must be of type integer: "string"',
    ]);
  });

  it("take a multiple that floating-point numbers cannot tell exactly", () => {
    expect(wrong({ type: "number", multipleOf: 0.1 }, 0.3)).toEqual([]);
  });

  it.each([
    ["date-time", "2026-01-01T00:00:00Z", "2026-13-01T00:00:00Z"],
    ["date", "2024-02-29", "2026-02-29"],
    ["ipv4", "10.0.0.1", "10.0.0.256"],
    ["ipv6", "::1", "10.0.0.1"],
    ["cidr", "10.0.0.0/8", "10.0.0.0"],
    ["uuid", "01234567-89ab-cdef-0123-456789abcdef", "x"],
    ["uuid4", "01234567-89ab-4def-8123-456789abcdef", "01234567-89ab-1def-8123-456789abcdef"],
    ["email", "a@b.c", "a"],
    ["hostname", "a.b", "-a"],
    ["byte", "YWJj", "?"],
    ["duration", "1h30m", "soon"],
    ["mac", "00:00:5e:00:53:01", "00-xx"],
    ["uri", "https://a/b", "a b"],
    ["isbn10", "0321751043", "0321751041"],
    ["creditcard", "4111 1111 1111 1111", "4111 1111 1111 1112"],
    ["hexcolor", "#fff", "red"],
  ])("know the format %s", (format, good, bad) => {
    expect(wrong({ type: "string", format }, good)).toEqual([]);
    expect(wrong({ type: "string", format }, bad)).toEqual([
      `FieldValueTypeInvalid spec.x: Invalid value: ${JSON.stringify(bad)}: spec.x in body must be of type ${format}: ${JSON.stringify(bad)}`,
    ]);
  });

  it("leave formats that nobody knows alone, and patterns take linear time", () => {
    expect(wrong({ type: "string", format: "nobody-knows" }, "x")).toEqual([]);
    expect(wrong({ type: "string", pattern: "^(a+)+$" }, `${"a".repeat(20_000)}!`)).toHaveLength(1);
  });
});

describe("choices", () => {
  const a: JsonSchema = { properties: { a: { minimum: 1 } }, required: ["a"] };
  const b: JsonSchema = { required: ["b"] };
  const base: JsonSchema = { type: "object", properties: { a: { type: "integer" }, b: { type: "integer" } } };

  it.each<[JsonSchema, unknown, string[]]>([
    [{ ...base, anyOf: [a, b] }, { b: 1 }, []],
    [
      { ...base, anyOf: [b] },
      {},
      [
        'FieldValueInvalid <nil>: Invalid value: "": "spec.x" must validate at least one schema (anyOf)',
        "FieldValueRequired spec.x.b: Required value",
      ],
    ],
    [
      { ...base, oneOf: [a, b] },
      { a: 1, b: 1 },
      ['FieldValueInvalid <nil>: Invalid value: "": "spec.x" must validate one and only one schema (oneOf). Found 2 valid alternatives'],
    ],
    [
      { ...base, oneOf: [b] },
      {},
      [
        'FieldValueInvalid <nil>: Invalid value: "": "spec.x" must validate one and only one schema (oneOf). Found none valid',
        "FieldValueRequired spec.x.b: Required value",
      ],
    ],
    [
      { ...base, allOf: [b] },
      {},
      [
        "FieldValueRequired spec.x.b: Required value",
        'FieldValueInvalid <nil>: Invalid value: "": "spec.x" must validate all the schemas (allOf). None validated',
      ],
    ],
    [{ ...base, not: b }, { b: 1 }, ['FieldValueInvalid <nil>: Invalid value: "": "spec.x" must not validate the schema (not)']],
  ])("%j of %j", (schema, value, messages) => {
    expect(wrong(schema, value)).toEqual(messages);
  });
});

describe("a change", () => {
  const small: JsonSchema = { type: "integer", maximum: 5 };
  const items: JsonSchema = { type: "object", required: ["b"], properties: { k: { type: "string" }, a: small, b: small } };
  const schema: JsonSchema = {
    type: "object",
    properties: {
      plain: small,
      need: { type: "object", required: ["x"], properties: { x: small, y: small } },
      labels: { type: "object", additionalProperties: small },
      list: { type: "array", items: small },
      set: { type: "array", "x-kubernetes-list-type": "set", items: small },
      map: { type: "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"], items },
      either: { type: "object", properties: { a: small }, anyOf: [{ properties: { a: { maximum: 2 } } }] },
    },
  };
  const wrongIn = (next: object, prev: object) => validateStructuralUpdate(schema, next, prev).map((e) => e.field);

  it.each<[what: string, next: object, prev: object, fields: string[]]>([
    ["leaves alone a field that stays", { plain: 9, list: [1] }, { plain: 9 }, []],
    ["is to blame for another wrong value", { plain: 8 }, { plain: 9 }, ["plain"]],
    ["is to blame for what was not there", { plain: 9 }, {}, ["plain"]],
    ["leaves alone what is missing from an object that stays", { need: { y: 1 }, plain: 1 }, { need: { y: 1 } }, []],
    ["touches what is missing with the object around it", { need: { y: 2 } }, { need: { y: 1 } }, ["need.x"]],
    [
      "leaves alone the values of a map, with dots in their keys as well",
      { labels: { "a.b": 9, c: 2 } },
      { labels: { "a.b": 9, c: 1 } },
      [],
    ],
    ["touches a list as a whole", { list: [9, 1] }, { list: [9] }, ["list[0]"]],
    ["touches a set as a whole", { set: [9, 1] }, { set: [9] }, ["set[0]"]],
    ["leaves alone a list that stays", { list: [9], plain: 1 }, { list: [9] }, []],
    [
      "knows items by their keys",
      {
        map: [
          { k: "y", b: 1 },
          { k: "x", b: 9 },
        ],
      },
      { map: [{ k: "x", b: 9 }] },
      [],
    ],
    ["and their fields", { map: [{ k: "x", a: 1, b: 9 }] }, { map: [{ k: "x", a: 2, b: 9 }] }, []],
    ["and blames items that came", { map: [{ k: "x", b: 9 }, { k: "z" }] }, { map: [{ k: "x", b: 9 }] }, ["map[1].b"]],
    ["leaves alone a choice that nothing fits", { either: { a: 3 }, plain: 1 }, { either: { a: 3 } }, []],
    ["blames a choice that nothing fits any more", { either: { a: 4 } }, { either: { a: 3 } }, ["<nil>", "either.a"]],
  ])("%s", (_, next, prev, fields) => {
    expect(wrongIn(next, prev)).toEqual(fields);
  });
});

describe("lists that are sets or maps", () => {
  it("have nothing twice", () => {
    const set: JsonSchema = { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } };
    expect(validateListTypes(set, ["a", "b", "a"], "x").map((e) => `${e.field}: ${e.message}`)).toEqual(['x[2]: Duplicate value: "a"']);
    const items: JsonSchema = { type: "object", properties: { k: { type: "string" }, l: set } };
    const map: JsonSchema = { type: "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"], items };
    const value = [{ k: "a" }, { k: "b", l: ["x", "x"] }, { k: "a", l: [] }];
    expect(validateListTypes(map, value, "x").map((e) => `${e.field}: ${e.message}`)).toEqual([
      'x[2]: Duplicate value: {"k":"a"}',
      'x[1].l[1]: Duplicate value: "x"',
    ]);
  });
});
