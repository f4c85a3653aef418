import { badRequest } from "@wherry/base";
import { type Data, isData } from "../data.ts";
import { deepCopy } from "../deep-copy.ts";
import { PATCH, patchDirective } from "./directives.ts";
import { identityOf, positions } from "./list-items.ts";

type MergeItem = (original: Data, patch: Data) => Data;

/**
 * Merges a list with strategy `merge`: scalars join without repeats, objects merge by their key. Items of the patch stand in the patch's
 * order, the others keep their place among them. Source: apimachinery `strategicpatch.mergeSlice`.
 */
export function mergeList(
  live: readonly unknown[],
  patch: readonly unknown[],
  mergeKey: string | undefined,
  mergeItem: MergeItem,
): unknown[] {
  checkItems([...live, ...patch]);
  const { kept, changes, replaced } = applySpecial(live, patch, mergeKey);
  if (replaced) return changes.map((item) => fresh(item, mergeItem));
  const merged = mergeItems(kept, changes, mergeKey, mergeItem);
  return arrange(merged, changes, kept, mergeKey);
}

function checkItems(items: readonly unknown[]): void {
  if (items.some((item) => Array.isArray(item))) throw badRequest("lists of lists are not supported");
  if (items.some(isData) && !items.every(isData)) throw badRequest("list element types are not identical");
}

/** Takes out the items that are directives, and does what they say. */
function applySpecial(live: readonly unknown[], patch: readonly unknown[], mergeKey: string | undefined) {
  const gone = new Set<string>();
  const changes: unknown[] = [];
  let replaced = false;
  for (const item of patch) {
    const directive = isData(item) ? patchDirective(item) : undefined;
    if (directive === "delete") gone.add(identityOf(item, mergeKey));
    else if (directive === "replace") replaced = true;
    else changes.push(item);
  }
  const kept = gone.size === 0 ? live : live.filter((item) => !gone.has(identityOf(item, mergeKey)));
  return { kept, changes, replaced };
}

function fresh(item: unknown, mergeItem: MergeItem): unknown {
  return isData(item) ? mergeItem({}, item) : deepCopy(item);
}

function mergeItems(kept: readonly unknown[], changes: readonly unknown[], mergeKey: string | undefined, mergeItem: MergeItem): unknown[] {
  const merged = [...kept];
  const at = positions(kept, mergeKey);
  for (const item of changes) {
    const identity = identityOf(item, mergeKey);
    const i = at.get(identity);
    if (i === undefined) at.set(identity, merged.push(fresh(item, mergeItem)) - 1);
    else if (isData(item)) merged[i] = mergeItem(merged[i] as Data, item);
  }
  // Scalars are a set: what was there twice is joined as well.
  return merged.some(isData) ? merged : [...new Map(merged.map((item) => [JSON.stringify(item), item])).values()];
}

/** Puts the items that `order` names in its order, and the others between them where they stood in the live list. */
function arrange(merged: readonly unknown[], order: readonly unknown[], live: readonly unknown[], mergeKey: string | undefined): unknown[] {
  const wanted = positions(order, mergeKey);
  const rank = (item: unknown) => wanted.get(identityOf(item, mergeKey)) ?? -1;
  const ordered = merged.filter((item) => rank(item) >= 0).toSorted((a, b) => rank(a) - rank(b));
  const others = merged.filter((item) => rank(item) < 0);
  return interleave(others, ordered, positions(live, mergeKey), mergeKey);
}

/** Keeps the order within `left` and within `right`; a left item goes first where it stood before the right one in the live list. */
function interleave(
  left: readonly unknown[],
  right: readonly unknown[],
  live: ReadonlyMap<string, number>,
  mergeKey: string | undefined,
): unknown[] {
  const place = (item: unknown) => live.get(identityOf(item, mergeKey));
  const result: unknown[] = [];
  let i = 0;
  for (const item of right) {
    const mine = place(item);
    for (; i < left.length && mine !== undefined && (place(left[i]) ?? Number.POSITIVE_INFINITY) < mine; i++) result.push(left[i]);
    result.push(item);
  }
  return [...result, ...left.slice(i)];
}

export interface ListOrder {
  /** What `$setElementOrder` names: scalars, or objects with the merge key. */
  order: readonly unknown[];
  live: readonly unknown[];
  change: readonly unknown[];
  mergeKey: string | undefined;
  name: string;
}

/** Orders a merged list as `$setElementOrder` says. Throws a 400 StatusError when it contradicts the patch's own list. */
export function orderList(merged: readonly unknown[], { order, live, change, mergeKey, name }: ListOrder): unknown[] {
  const wanted = order.map((item) => identityOf(item, mergeKey));
  let at = 0;
  for (const item of change) {
    if (isData(item) && (item[PATCH] === "delete" || item[PATCH] === "replace")) continue;
    at = wanted.indexOf(identityOf(item, mergeKey), at) + 1;
    if (at === 0) throw badRequest(`The order in patch list: ${name} doesn't match $setElementOrder list: [${wanted.join(", ")}]`);
  }
  return arrange(merged, order, live, mergeKey);
}
