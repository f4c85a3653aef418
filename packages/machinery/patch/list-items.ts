import { badRequest } from "@wherry/base";
import { type Data, isData } from "../data.ts";

/** What tells an item of a list apart: its value, or its merge key. Strings and numbers of the same look stay apart. */
export function identityOf(item: unknown, mergeKey: string | undefined): string {
  if (!isData(item)) return JSON.stringify(item);
  const key = mergeKey === undefined ? undefined : item[mergeKey];
  if (key !== undefined && key !== null) return JSON.stringify(key);
  if (mergeKey === undefined) throw badRequest(`cannot merge lists without merge key: ${brief(item)}`);
  throw badRequest(`map: ${brief(item)} does not contain declared merge key: ${mergeKey}`);
}

function brief(item: Data): string {
  const text = JSON.stringify(item);
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}

/** Where each identity stands first. */
export function positions(items: readonly unknown[], mergeKey: string | undefined): Map<string, number> {
  const at = new Map<string, number>();
  for (const [i, item] of items.entries()) {
    const identity = identityOf(item, mergeKey);
    if (!at.has(identity)) at.set(identity, i);
  }
  return at;
}

/** The list without any of `values`. */
export function removeScalars(list: readonly unknown[], values: readonly unknown[]): unknown[] {
  const gone = new Set(values.map((v) => JSON.stringify(v)));
  return list.filter((item) => !gone.has(JSON.stringify(item)));
}
