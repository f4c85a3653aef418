import { expect, it } from "vitest";
import type { Definitions } from "../schema.ts";
import { readManaged } from "./managed-fields.ts";
import { mergeSchemaOf } from "./merge-schema.ts";
import { reconcileManaged } from "./reconcile.ts";

const item = { type: "object", properties: { name: { type: "string" }, value: { type: "integer" } } } as const;
const definitions = (rules: object): Definitions => ({
  Kind: {
    type: "object",
    properties: { spec: { type: "object", properties: { list: { type: "array", items: item, ...rules }, one: item } } },
  },
});
const entry = (fieldsV1: object) => ({
  manager: "m",
  operation: "Apply" as const,
  apiVersion: "v1",
  fieldsType: "FieldsV1" as const,
  fieldsV1,
});
const parts = { "f:spec": { "f:list": { 'k:{"name":"a"}': { ".": {}, "f:value": {} } }, "f:one": { "f:name": {} } } };
const fieldsIn = (rules: object, fields: object) =>
  [...reconcileManaged(mergeSchemaOf(definitions(rules), "Kind"), readManaged([entry(fields)])).values()].map((owned) => owned.fields);

it("what is owned whole now belongs to who owned a part of it", () => {
  expect(fieldsIn({}, parts)).toEqual([{ "f:spec": { "f:list": {}, "f:one": { "f:name": {} } } }]);
});

it("leaves everything else as it is, and what the schema does not have", () => {
  const rules = { listType: "map", listMapKeys: ["name"] };
  expect(fieldsIn(rules, parts)).toEqual([parts]);
  const whole = { "f:spec": { "f:list": {}, "f:gone": { "f:x": {} } } };
  expect(fieldsIn(rules, whole)).toEqual([whole]);
});
