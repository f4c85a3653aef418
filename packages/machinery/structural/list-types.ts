import { isData } from "../data.ts";
import { duplicate, type FieldError } from "../field-error.ts";
import { itemsOf, type JsonSchema, memberOf, stepTo } from "./json-schema.ts";

/** Items that a set, or keys that a map of items, has twice. Source: apiextensions `listtype.ValidateListSetsAndMaps`. */
export function validateListTypes(schema: JsonSchema | undefined, value: unknown, path = ""): FieldError[] {
  if (!schema) return [];
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    return [...repeated(schema, value, path), ...value.flatMap((item, i) => validateListTypes(items, item, stepTo(path, i)))];
  }
  if (!isData(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => validateListTypes(memberOf(schema, key), member, stepTo(path, key)));
}

function repeated(schema: JsonSchema, list: readonly unknown[], path: string): FieldError[] {
  const type = schema["x-kubernetes-list-type"];
  if (type !== "set" && type !== "map") return [];
  const seen = new Set<string>();
  return list.flatMap((item, i) => {
    const key = type === "set" ? item : keysOf(schema["x-kubernetes-list-map-keys"] ?? [], item);
    const text = canonical(key);
    if (seen.has(text)) return [duplicate(stepTo(path, i), key)];
    seen.add(text);
    return [];
  });
}

function keysOf(keys: readonly string[], item: unknown): unknown {
  if (!isData(item)) return item;
  return Object.fromEntries(keys.flatMap((key) => (Object.hasOwn(item, key) ? [[key, item[key]]] : [])));
}

/** One text for all values that are equal, whatever the order of their fields. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (isData(part) ? Object.fromEntries(Object.entries(part).sort()) : part)) ?? "";
}
