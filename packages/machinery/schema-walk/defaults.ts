import { type Data, isData } from "../data.ts";
import { deepCopy } from "../deep-copy.ts";
import { resolveSchema } from "../resolve-schema.ts";
import type { Definitions, Schema } from "../schema.ts";

/**
 * Fills in what the schema says for absent fields, at every depth that is there; a default's own fields are filled too. Changes `value` and
 * gives it. Source: apiextensions structural defaulting.
 */
export function schemaDefaults<T>(definitions: Definitions, schemaName: string, value: T): T {
  fill(definitions, value, { ref: schemaName });
  return value;
}

function fill(definitions: Definitions, value: unknown, field: Schema): void {
  const { properties, additionalProperties, items } = resolveSchema(definitions, field);
  if (Array.isArray(value)) {
    if (items) for (const item of value) fill(definitions, item, items);
  } else if (isData(value)) {
    if (properties) fillObject(definitions, value, properties);
    else if (additionalProperties) for (const child of Object.values(value)) fill(definitions, child, additionalProperties);
  }
}

function fillObject(definitions: Definitions, value: Data, properties: Readonly<Record<string, Schema>>): void {
  for (const key of defaulted(properties)) if (value[key] === undefined) value[key] = deepCopy(properties[key]!.default);
  for (const key in value) if (Object.hasOwn(properties, key)) fill(definitions, value[key], properties[key]!);
}

const known = new WeakMap<object, readonly string[]>();

/** The few among many fields that have a default; remembered, because schemas never change. */
function defaulted(properties: Readonly<Record<string, Schema>>): readonly string[] {
  let keys = known.get(properties);
  if (!keys) {
    keys = Object.keys(properties).filter((key) => properties[key]!.default !== undefined);
    known.set(properties, keys);
  }
  return keys;
}
