import type { Environment } from "@marcbachmann/cel-js";
import { deepEqual } from "../deep-equal.ts";
import { compilePattern, findMatches } from "../structural/pattern.ts";
import { addressFunctions } from "./address.ts";
import { formatText } from "./format.ts";
import { type OptionalMaker, optionalFunctions } from "./optional.ts";
import { quantityFunctions } from "./quantity.ts";
import { urlFunctions } from "./url.ts";

/** The name that `matches` is looked up by: the library's own one is not safe from patterns that never end. */
export const MATCHES = "matchesPattern";

/** Adds the functions that Kubernetes has beside those of CEL. Source: apiserver `cel/library`, cel-go `ext`. */
export function addFunctions(env: Environment, optional: OptionalMaker): void {
  listFunctions(env);
  setFunctions(env);
  textFunctions(env);
  env.registerFunction("string.format(list<dyn>): string", formatText);
  urlFunctions(env);
  addressFunctions(env);
  optionalFunctions(env, optional);
  quantityFunctions(env);
}

type Ordered = bigint | number | string | boolean | Date;

const least = (list: readonly Ordered[]) => extreme(list, (a, b) => a < b, "min");
const greatest = (list: readonly Ordered[]) => extreme(list, (a, b) => a > b, "max");

function extreme(list: readonly Ordered[], better: (a: Ordered, b: Ordered) => boolean, name: string): Ordered {
  const [first, ...rest] = list;
  if (first === undefined) throw new Error(`${name} called on empty list`);
  return rest.reduce((best, one) => (better(one, best) ? one : best), first);
}

/** Source: apiserver `cel/library/lists.go`. */
function listFunctions(env: Environment): void {
  const isSorted = (list: readonly Ordered[]) => list.every((item, i) => i === 0 || (list[i - 1] as Ordered) <= item);
  env.registerFunction("list.isSorted(): bool", isSorted);
  env.registerFunction("list<int>.sum(): int", (list: readonly bigint[]) => list.reduce((sum, item) => sum + item, 0n));
  env.registerFunction("list<google.protobuf.Duration>.sum(): google.protobuf.Duration", sumOfDurations);
  env.registerFunction("list<double>.sum(): double", (list: readonly number[]) => list.reduce((sum, item) => sum + item, 0));
  env.registerFunction("list<A>.min(): A", least);
  env.registerFunction("list<A>.max(): A", greatest);
  const find = (list: readonly unknown[], wanted: unknown) => list.findIndex((item) => deepEqual(item, wanted));
  env.registerFunction("list<A>.indexOf(A): int", (list: readonly unknown[], wanted: unknown) => BigInt(find(list, wanted)));
  env.registerFunction("list<A>.lastIndexOf(A): int", (list: readonly unknown[], wanted: unknown) =>
    BigInt(list.findLastIndex((item) => deepEqual(item, wanted))),
  );
}

interface Duration {
  addDuration(other: Duration): Duration;
}

function sumOfDurations(list: readonly Duration[]): Duration | undefined {
  const [first, ...rest] = list;
  if (!first) throw new Error("sum called on empty list of durations");
  return rest.reduce((sum, one) => sum.addDuration(one), first);
}

class Sets {}

/** Source: cel-go `ext/sets.go`. */
function setFunctions(env: Environment): void {
  const has = (list: readonly unknown[], wanted: unknown) => list.some((item) => deepEqual(item, wanted));
  const contains = (list: readonly unknown[], part: readonly unknown[]) => part.every((item) => has(list, item));
  env.registerType("Sets", Sets);
  env.registerConstant("sets", "Sets", new Sets());
  env.registerFunction("Sets.contains(list<A>, list<A>): bool", (_: Sets, a: unknown[], b: unknown[]) => contains(a, b));
  env.registerFunction(
    "Sets.equivalent(list<A>, list<A>): bool",
    (_: Sets, a: unknown[], b: unknown[]) => contains(a, b) && contains(b, a),
  );
  env.registerFunction("Sets.intersects(list<A>, list<A>): bool", (_: Sets, a: unknown[], b: unknown[]) => a.some((item) => has(b, item)));
}

/** Source: cel-go `ext/strings.go`, apiserver `cel/library/regex.go`. */
function textFunctions(env: Environment): void {
  const matches = (text: string, pattern: string) => compilePattern(pattern)(text);
  env.registerFunction(`string.${MATCHES}(string): bool`, matches);
  env.registerFunction("matches(string, string): bool", matches);
  env.registerFunction("string.find(string): string", (text: string, pattern: string) => findMatches(pattern, text, 1)[0] ?? "");
  env.registerFunction("string.findAll(string): list<string>", (text: string, pattern: string) => findMatches(pattern, text, -1));
  env.registerFunction("string.findAll(string, int): list<string>", (text: string, pattern: string, limit: bigint) =>
    findMatches(pattern, text, Number(limit)),
  );
  env.registerFunction("string.charAt(int): string", charAt);
  env.registerFunction("string.replace(string, string): string", (text: string, from: string, to: string) =>
    text.replaceAll(from, () => to),
  );
  env.registerFunction("string.replace(string, string, int): string", replaceSome);
  env.registerFunction("string.reverse(): string", (text: string) => [...text].reverse().join(""));
}

function charAt(text: string, index: bigint): string {
  const at = Number(index);
  if (at < 0 || at > text.length) throw new Error(`index out of range: ${at}`);
  return text.charAt(at);
}

function replaceSome(text: string, from: string, to: string, limit: bigint): string {
  if (limit < 0n) return text.replaceAll(from, () => to);
  const parts = text.split(from);
  const cut = Math.min(Number(limit) + 1, parts.length);
  return [parts.slice(0, cut).join(to), ...parts.slice(cut)].join(from);
}
