import type { Schema } from "../schema.ts";
import { itemsOf, type JsonSchema, valuesOf } from "./json-schema.ts";

const OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/** The schema of a custom resource in the form that built-in kinds have theirs: what patches, apply and OpenAPI v2 read. */
export function schemaOfCustom(schema: JsonSchema): Schema {
  return withTypeFields(toSchema(schema));
}

function withTypeFields(schema: Schema): Schema {
  const { properties = {}, ...rest } = schema;
  const type = { apiVersion: { type: "string" }, kind: { type: "string" }, metadata: { ref: OBJECT_META } } as const;
  return { ...rest, type: "object", properties: { ...properties, ...type } };
}

type Draft = { -readonly [K in keyof Schema]: Schema[K] };

function toSchema(from: JsonSchema): Schema {
  const schema: Draft = {};
  if (from["x-kubernetes-int-or-string"]) schema.intOrString = true;
  else if (from.type) schema.type = from.type as NonNullable<Schema["type"]>;
  if (from.format) schema.format = from.format;
  if (from.required?.length) schema.required = from.required;
  if (from.default !== undefined) schema.default = from.default;
  if (from["x-kubernetes-preserve-unknown-fields"]) schema.preserveUnknownFields = true;
  const items = itemsOf(from);
  const values = valuesOf(from);
  if (from.properties) schema.properties = Object.fromEntries(Object.entries(from.properties).map(([key, p]) => [key, toSchema(p)]));
  if (items) schema.items = toSchema(items);
  if (values) schema.additionalProperties = toSchema(values);
  mergeRules(from, schema);
  return from["x-kubernetes-embedded-resource"] ? withTypeFields(schema) : schema;
}

function mergeRules(from: JsonSchema, schema: Draft): void {
  const listType = from["x-kubernetes-list-type"];
  const mapType = from["x-kubernetes-map-type"];
  const keys = from["x-kubernetes-list-map-keys"];
  if (listType) schema.listType = listType as NonNullable<Schema["listType"]>;
  if (mapType) schema.mapType = mapType as NonNullable<Schema["mapType"]>;
  if (keys) schema.listMapKeys = keys;
}
