import { type Data, isData } from "../data.ts";
import { deepCopy } from "../deep-copy.ts";
import { itemsOf, type JsonSchema, memberOf, propertyOf, valuesOf } from "./json-schema.ts";

/**
 * Fills in the defaults of a structural schema at every depth that is there. A null that may not be one counts as absent: it gets the default, or
 * goes when there is none. Changes `value`. Idempotent. Source: apiextensions `defaulting.Default`, `PruneNonNullableNullsWithoutDefaults`.
 */
export function defaultStructural(schema: JsonSchema | undefined, value: unknown): void {
  if (!schema) return;
  if (Array.isArray(value)) defaultItems(value, itemsOf(schema));
  else if (isData(value)) defaultFields(value, schema);
}

const hasDefault = (schema: JsonSchema | undefined) => schema?.default !== undefined && schema.default !== null;
const isBadNull = (value: unknown, schema: JsonSchema | undefined) => value === null && schema !== undefined && !schema.nullable;

function defaultFields(object: Data, schema: JsonSchema): void {
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    const missing = !Object.hasOwn(object, key) || isBadNull(object[key], property);
    if (!missing) continue;
    if (hasDefault(property)) object[key] = deepCopy(property.default);
    else delete object[key];
  }
  for (const key of Object.keys(object)) {
    const values = propertyOf(schema, key) ? undefined : valuesOf(schema);
    if (isBadNull(object[key], values) && hasDefault(values)) object[key] = deepCopy(values?.default);
    defaultStructural(memberOf(schema, key), object[key]);
  }
}

function defaultItems(list: unknown[], items: JsonSchema | undefined): void {
  for (const i of list.keys()) {
    if (isBadNull(list[i], items) && hasDefault(items)) list[i] = deepCopy(items?.default);
    defaultStructural(items, list[i]);
  }
}
