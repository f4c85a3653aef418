import { type Data, isData } from "../data.ts";
import { itemsOf, type JsonSchema, propertyOf, stepTo, TYPE_FIELDS, valuesOf } from "./json-schema.ts";

/**
 * Removes from `value` every field that its schema does not have, and gives their paths in the order of the value. Changes `value`. The metadata of
 * the object and of embedded resources is not looked at. Idempotent. Source: apiextensions `pruning.PruneWithOptions`.
 */
export function pruneStructural(schema: JsonSchema, value: unknown): string[] {
  const removed: string[] = [];
  prune(value, { ...schema, "x-kubernetes-embedded-resource": true }, "", removed);
  return removed;
}

function prune(value: unknown, schema: JsonSchema | undefined, path: string, removed: string[]): void {
  const keep = schema?.["x-kubernetes-preserve-unknown-fields"] === true;
  if (Array.isArray(value)) pruneItems(value, schema, keep, path, removed);
  else if (isData(value)) pruneFields(value, schema, keep, path, removed);
}

function pruneItems(list: readonly unknown[], schema: JsonSchema | undefined, keep: boolean, path: string, removed: string[]): void {
  const items = itemsOf(schema);
  // A list that keeps everything keeps it in its items, too, unless they say what they are.
  const inner = keep ? { ...items, "x-kubernetes-preserve-unknown-fields": true } : items;
  for (const [i, item] of list.entries()) prune(item, inner, stepTo(path, i), removed);
}

function pruneFields(object: Data, schema: JsonSchema | undefined, keep: boolean, path: string, removed: string[]): void {
  for (const key of Object.keys(object)) {
    if (schema?.["x-kubernetes-embedded-resource"] && TYPE_FIELDS.has(key)) continue;
    const at = stepTo(path, key);
    const property = propertyOf(schema, key);
    if (property) prune(object[key], property, at, removed);
    else if (schema?.additionalProperties) prune(object[key], valuesOf(schema), at, removed);
    else if (!keep) {
      removed.push(at);
      delete object[key];
    }
  }
}
