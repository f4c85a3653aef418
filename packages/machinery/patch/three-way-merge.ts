import { type Data, isData } from "../data.ts";
import { deepCopy } from "../deep-copy.ts";
import { deepEqual } from "../deep-equal.ts";
import { resolveSchema } from "../resolve-schema.ts";
import type { Definitions, Schema } from "../schema.ts";
import { RETAIN_KEYS } from "./directives.ts";
import { type FieldStrategy, strategyOf } from "./strategy.ts";
import { diffList } from "./three-way-merge-list.ts";

/**
 * The strategic merge patch of a client-side apply: it makes `current` say all that `modified` says, removes what `original` (the last
 * applied configuration) said and `modified` no longer says, and leaves alone what others set. `{}` when nothing is to be done. With a
 * schema name that `definitions` does not have, it is a plain merge patch. Source: apimachinery `strategicpatch.CreateThreeWayMergePatch`.
 */
export function threeWayMergePatch(
  original: object | undefined,
  modified: object,
  current: object,
  schemaName: string,
  definitions: Definitions,
): Data {
  const schema = resolveSchema(definitions, { ref: schemaName });
  return diffObject({ original: (original ?? {}) as Data, modified: modified as Data, current: current as Data }, schema, definitions);
}

/** One value in its three states. */
export interface ThreeWay<T> {
  original: T;
  modified: T;
  current: T;
}

function diffObject({ original, modified, current }: ThreeWay<Data>, schema: Schema, definitions: Definitions): Data {
  const patch: Data = {};
  for (const [key, value] of Object.entries(modified)) {
    const states = { original: own(original, key), modified: value, current: own(current, key) };
    Object.assign(patch, diffField(key, states, strategyOf(definitions, schema, key), definitions));
  }
  for (const key of Object.keys(original))
    if (!Object.hasOwn(modified, key) && original[key] !== null && own(current, key) !== undefined) patch[key] = null;
  return patch;
}

/** The entries of the patch that concern one field. */
function diffField(key: string, states: ThreeWay<unknown>, field: FieldStrategy, definitions: Definitions): Data {
  const { modified, current } = states;
  if (modified === null) return current === undefined || current === null ? {} : { [key]: null };
  if (deepEqual(modified, current)) return {};
  if (isData(modified) && isData(current) && field.strategy !== "replace") return diffData(key, states, field, definitions);
  if (Array.isArray(modified) && Array.isArray(current) && field.strategy === "merge") return diffItems(key, states, field, definitions);
  return { [key]: deepCopy(modified) };
}

function diffData(key: string, { original, modified, current }: ThreeWay<unknown>, field: FieldStrategy, definitions: Definitions): Data {
  const states = { original: isData(original) ? original : {}, modified: modified as Data, current: current as Data };
  const patch = retaining(diffObject(states, field.schema, definitions), states.modified, field);
  return Object.keys(patch).length > 0 ? { [key]: patch } : {};
}

function diffItems(key: string, { original, modified, current }: ThreeWay<unknown>, field: FieldStrategy, definitions: Definitions): Data {
  const states = { original: Array.isArray(original) ? original : [], modified: modified as unknown[], current: current as unknown[] };
  return diffList(key, states, field.mergeKey, (item) => retaining(diffObject(item, field.schema, definitions), item.modified, field));
}

/** Where the strategy asks for it, a change names all keys that are to stay: one member of a union then displaces another. */
function retaining(patch: Data, modified: Data, field: FieldStrategy): Data {
  if (!field.retainKeys || Object.keys(patch).length === 0) return patch;
  return {
    ...patch,
    [RETAIN_KEYS]: Object.keys(modified)
      .filter((key) => modified[key] !== null)
      .sort(),
  };
}

function own(data: Data, key: string): unknown {
  return Object.hasOwn(data, key) ? data[key] : undefined;
}
