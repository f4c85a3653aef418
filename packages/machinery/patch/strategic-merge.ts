import { badRequest } from "@wherry/base";
import { type Data, isData } from "../data.ts";
import { deepCopy } from "../deep-copy.ts";
import { resolveSchema } from "../resolve-schema.ts";
import type { Definitions, Schema } from "../schema.ts";
import {
  DELETE_FROM_PRIMITIVE_LIST,
  PATCH,
  patchDirective,
  RETAIN_KEYS,
  retainKeys,
  SET_ELEMENT_ORDER,
  withoutDirectives,
} from "./directives.ts";
import { removeScalars } from "./list-items.ts";
import { mergeList, orderList } from "./strategic-merge-list.ts";
import { type FieldStrategy, strategyOf } from "./strategy.ts";

/**
 * Applies a strategic merge patch; `doc` stays as it is. Fields that the schema does not know merge like JSON merge patch. Throws a
 * 400 StatusError when the patch is malformed. Source: apimachinery `strategicpatch.StrategicMergeMapPatch`.
 * @param schemaName the document's schema in `definitions`
 */
export function applyStrategicMergePatch<T>(doc: T, patch: unknown, schemaName: string, definitions: Definitions): T {
  if (!isData(patch)) throw badRequest("a strategic merge patch must be a JSON object");
  const schema = resolveSchema(definitions, { ref: schemaName });
  return mergeObject(deepCopy(doc) as Data, patch, schema, definitions) as T;
}

/** Changes `original` and gives it, or what replaces it. `patch` stays as it is. */
function mergeObject(original: Data, patch: Data, schema: Schema, definitions: Definitions): Data {
  const directive = patchDirective(patch);
  if (directive === "replace") return withoutDirectives(deepCopy(patch)) as Data;
  if (directive === "delete") return {};
  retainKeys(original, patch);
  const done = applyOrders(original, patch, schema, definitions);
  for (const [key, value] of Object.entries(patch)) {
    if (key === PATCH || key === RETAIN_KEYS || key.startsWith(SET_ELEMENT_ORDER) || done.has(key)) continue;
    if (key.startsWith(DELETE_FROM_PRIMITIVE_LIST)) deleteScalars(original, key.slice(DELETE_FROM_PRIMITIVE_LIST.length), value);
    else mergeField(original, key, value, strategyOf(definitions, schema, key), definitions);
  }
  return original;
}

function mergeField(original: Data, key: string, value: unknown, field: FieldStrategy, definitions: Definitions): void {
  const old = Object.hasOwn(original, key) ? original[key] : undefined;
  if (value === null) delete original[key];
  else if (old === undefined && isData(value) && value[PATCH] === "delete") return;
  else if (isData(value) && field.strategy !== "replace")
    original[key] = mergeObject(isData(old) ? old : {}, value, field.schema, definitions);
  else if (Array.isArray(value) && Array.isArray(old)) original[key] = mergeLists(old, value, field, definitions);
  else original[key] = withoutDirectives(deepCopy(value));
}

function mergeLists(old: readonly unknown[], patch: readonly unknown[], field: FieldStrategy, definitions: Definitions): unknown[] {
  if (field.strategy !== "merge") return withoutDirectives(deepCopy(patch)) as unknown[];
  return mergeList(old, patch, field.mergeKey, (a, b) => mergeObject(a, b, field.schema, definitions));
}

/** Handles each `$setElementOrder/<list>` together with its list. Gives the names of the lists that need nothing more. */
function applyOrders(original: Data, patch: Data, schema: Schema, definitions: Definitions): ReadonlySet<string> {
  const done = new Set<string>();
  for (const [directive, order] of Object.entries(patch)) {
    if (!directive.startsWith(SET_ELEMENT_ORDER)) continue;
    const key = directive.slice(SET_ELEMENT_ORDER.length);
    const field = strategyOf(definitions, schema, key);
    const live = listOrNothing(original[key], key);
    const change = listOrNothing(patch[key], key);
    if (!Array.isArray(order)) throw badRequest(`invalid patch format of setElementOrder list: ${directive} must be a list`);
    if (!live && !change) continue;
    const merged =
      live && change ? mergeLists(live, change, field, definitions) : (live ?? (withoutDirectives(deepCopy(change)) as unknown[]));
    original[key] = orderList(merged, { order, live: live ?? [], change: change ?? [], mergeKey: field.mergeKey, name: key });
    done.add(key);
  }
  return done;
}

function listOrNothing(value: unknown, key: string): unknown[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw badRequest(`invalid patch format of setElementOrder list: ${JSON.stringify(key)} is no list`);
  return value;
}

function deleteScalars(original: Data, key: string, values: unknown): void {
  if (!Array.isArray(values)) throw badRequest("invalid patch format of primitive list");
  const old = Object.hasOwn(original, key) ? original[key] : undefined;
  if (Array.isArray(old)) original[key] = removeScalars(old, values);
}
