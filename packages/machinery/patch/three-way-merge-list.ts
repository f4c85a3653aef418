import { type Data, isData } from "../data.ts";
import { deepCopy } from "../deep-copy.ts";
import { deepEqual } from "../deep-equal.ts";
import { DELETE_FROM_PRIMITIVE_LIST, PATCH, RETAIN_KEYS, SET_ELEMENT_ORDER } from "./directives.ts";
import { identityOf } from "./list-items.ts";
import type { ThreeWay } from "./three-way-merge.ts";

type DiffItem = (states: ThreeWay<Data>) => Data;

/** The entries of a patch that turn a list with strategy `merge` into what was asked for. Source: `strategicpatch.diffLists`. */
export function diffList(key: string, states: ThreeWay<unknown[]>, mergeKey: string | undefined, diffItem: DiffItem): Data {
  if (!states.modified.some(isData) && !states.current.some(isData)) return diffScalars(key, states);
  if (mergeKey === undefined || !mergeable(states, mergeKey)) return replaceList(key, states);
  return diffObjects(key, states, mergeKey, diffItem);
}

function diffScalars(key: string, { original, modified, current }: ThreeWay<unknown[]>): Data {
  const missing = without(modified, current);
  const gone = without(original, modified).filter((item) => has(current, item));
  const common = current.filter((item) => has(modified, item));
  if (missing.length === 0 && gone.length === 0 && deepEqual(common, modified)) return {};
  return {
    [`${SET_ELEMENT_ORDER}${key}`]: [...modified],
    ...(gone.length > 0 && { [`${DELETE_FROM_PRIMITIVE_LIST}${key}`]: gone }),
    ...(missing.length > 0 && { [key]: missing }),
  };
}

const has = (list: readonly unknown[], item: unknown) => list.some((other) => deepEqual(other, item));
const without = (list: readonly unknown[], other: readonly unknown[]) => list.filter((item) => !has(other, item));

/** Whether every item has a merge key of its own, in every state: a DNS Service has port 53 twice, and only a whole list can say so. */
function mergeable({ modified, current }: ThreeWay<unknown[]>, mergeKey: string): boolean {
  return [modified, current].every((list) => {
    const keys = list.map((item) => (isData(item) ? item[mergeKey] : undefined));
    return keys.every((k) => k !== undefined && k !== null) && new Set(keys).size === keys.length;
  });
}

function replaceList(key: string, { modified, current }: ThreeWay<unknown[]>): Data {
  const said = modified.length === current.length && modified.every((item, i) => covers(current[i], item));
  return said ? {} : { [key]: [...(deepCopy(modified) as unknown[]), { [PATCH]: "replace" }] };
}

/** Whether `value` says all that `wanted` says; more fields do not matter. */
function covers(value: unknown, wanted: unknown): boolean {
  if (!isData(wanted) || !isData(value)) return deepEqual(value, wanted);
  return Object.entries(wanted).every(([key, child]) => covers(value[key], child));
}

function diffObjects(key: string, { original, modified, current }: ThreeWay<unknown[]>, mergeKey: string, diffItem: DiffItem): Data {
  const index = (list: readonly unknown[]) => new Map(list.filter(isData).map((item) => [JSON.stringify(item[mergeKey]), item]));
  const [was, wanted, live] = [index(original), index(modified), index(current)];
  const changes: Data[] = [];
  for (const [id, item] of wanted) {
    const now = live.get(id);
    const change = now ? diffItem({ original: was.get(id) ?? {}, modified: item, current: now }) : deepCopy(item);
    if (!now || Object.keys(change).length > 0) changes.push({ ...change, [mergeKey]: item[mergeKey] });
  }
  for (const [id, item] of was) if (!wanted.has(id) && live.has(id)) changes.push({ [PATCH]: "delete", [mergeKey]: item[mergeKey] });
  if (changes.length === 0 && inOrder([...wanted.keys()], current, mergeKey)) return {};
  return {
    [`${SET_ELEMENT_ORDER}${key}`]: modified.map((item) => ({ [mergeKey]: (item as Data)[mergeKey] })),
    ...(changes.length > 0 && { [key]: changes.map((change) => keepMergeKey(change, mergeKey)) }),
  };
}

function inOrder(wanted: readonly string[], current: readonly unknown[], mergeKey: string): boolean {
  const names = new Set(wanted);
  return deepEqual(
    current.map((item) => identityOf(item, mergeKey)).filter((id) => names.has(id)),
    wanted,
  );
}

/** The server refuses a change that has a key which `$retainKeys` does not name. */
function keepMergeKey(change: Data, mergeKey: string): Data {
  const kept = change[RETAIN_KEYS];
  if (!Array.isArray(kept) || kept.includes(mergeKey)) return change;
  return { ...change, [RETAIN_KEYS]: [...kept, mergeKey].sort() };
}
