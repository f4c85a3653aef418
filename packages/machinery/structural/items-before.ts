import { isData } from "../data.ts";
import type { JsonSchema } from "./json-schema.ts";

/**
 * Tells what an item of a list was before: the one with its keys, where the list is a map; undefined when there was none, or it can't be told. Source: apiserver
 * `cel/common.CorrelatedObject.Index`.
 */
export function itemsBefore(list: JsonSchema, previous: unknown): (item: unknown) => unknown {
  const keys = list["x-kubernetes-list-map-keys"];
  if (list["x-kubernetes-list-type"] !== "map" || !keys || !Array.isArray(previous)) return () => undefined;
  const idOf = (item: unknown) => (isData(item) ? JSON.stringify(keys.map((key) => item[key] ?? null)) : undefined);
  // The first of several wins.
  const known = new Map(previous.toReversed().map((item) => [idOf(item), item]));
  return (item) => (isData(item) ? known.get(idOf(item)) : undefined);
}
