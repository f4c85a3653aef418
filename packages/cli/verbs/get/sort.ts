import { Quantity } from "@wherry/machinery/quantity.ts";
import { UsageError } from "../../errors.ts";
import { findJsonPath } from "../../output/jsonpath.ts";

/** In the order of the field that a path finds; what has none comes first. Stable. Source: kubectl pkg/cmd/get/sorter.go. */
export function sortByPath<T>(items: readonly T[], path: string, objectOf: (item: T) => unknown): T[] {
  const keyed = items.map((item) => ({ item, key: findJsonPath(path, objectOf(item))[0] }));
  if (items.length && keyed.every(({ key }) => key === undefined)) {
    throw new UsageError(`couldn't find any field with path "${path}" in the list of objects`);
  }
  return keyed.toSorted((a, b) => compare(a.key, b.key)).map(({ item }) => item);
}

function compare(a: unknown, b: unknown): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  if (typeof a === "string" && typeof b === "string") return compareText(a, b);
  return a === b ? 0 : (a as number) < (b as number) ? -1 : 1;
}

/** Quantities by their size; other texts with the numbers in them by their value, so that `pod-10` comes after `pod-9`. */
function compareText(a: string, b: string): number {
  const [left, right] = [Quantity.tryParse(a), Quantity.tryParse(b)];
  if (left && right) return left.nanos < right.nanos ? -1 : left.nanos > right.nanos ? 1 : 0;
  const parts = (text: string): string[] => text.match(/\d+|\D+/g) ?? [];
  const [one, other] = [parts(a), parts(b)];
  for (let i = 0; i < Math.min(one.length, other.length); i++) {
    const order = comparePart(one[i] as string, other[i] as string);
    if (order !== 0) return order;
  }
  return one.length - other.length;
}

function comparePart(a: string, b: string): number {
  if (/^\d/.test(a) && /^\d/.test(b)) return Number(BigInt(a) - BigInt(b) > 0n) - Number(BigInt(a) - BigInt(b) < 0n);
  return a < b ? -1 : a > b ? 1 : 0;
}
