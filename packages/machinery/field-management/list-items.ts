import { isData } from "../data.ts";
import type { MergeSchema } from "./merge-schema.ts";
import { keyElement, type PathElement, valueElement } from "./path-element.ts";

/** A list whose items have a name of their own. */
export type AssociativeList = Extract<MergeSchema, { shape: "set" | "listMap" }>;

/**
 * The element that leads to an item of a list. Throws when there is none, as when a key is missing. Source: structured-merge-diff
 * `listItemToPathElement`.
 */
export function itemElement(list: AssociativeList, item: unknown): PathElement {
  if (list.shape === "set") return setElement(item);
  if (item === null || item === undefined) throw new Error("associative list with keys may not have a null element");
  if (!isData(item)) throw new Error("associative list with keys may not have non-map elements");
  return keyElement(list.keys, (key) => {
    const value = item[key] ?? list.defaultOf(key);
    if (value !== undefined) return value;
    throw new Error(
      `associative list with keys has an element that omits key field ${JSON.stringify(key)} (and doesn't have default value)`,
    );
  });
}

function setElement(item: unknown): PathElement {
  if (item === null || item === undefined) throw new Error("associative list without keys has an element that's an explicit null");
  if (Array.isArray(item)) throw new Error("not supported: associative list with lists as elements");
  if (isData(item)) throw new Error("associative list without keys has an element that's a map type");
  return valueElement(item);
}

/** The items of a list by their elements, in the list's order. Those that have no element are left out; several may share one. */
export function itemsByElement(list: AssociativeList, items: readonly unknown[]): Map<PathElement, unknown[]> {
  const result = new Map<PathElement, unknown[]>();
  for (const item of items) {
    const element = elementOrNone(list, item);
    if (element === undefined) continue;
    const same = result.get(element);
    if (same) same.push(item);
    else result.set(element, [item]);
  }
  return result;
}

/** The element that leads to an item, or undefined where there is none. */
export function elementOrNone(list: AssociativeList, item: unknown): PathElement | undefined {
  try {
    return itemElement(list, item);
  } catch {
    return undefined;
  }
}
