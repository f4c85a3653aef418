import { isQualifiedName, isValidLabelValue } from "@wherry/machinery/names.ts";
import { UsageError } from "../../errors.ts";

/** Source: core/v1 `Taint`. */
export interface Taint {
  key: string;
  value?: string;
  effect: string;
}

/** What a command line wants of a node's taints. */
export interface TaintChanges {
  set: Taint[];
  /** Without an effect: every taint of the key. */
  removed: { key: string; effect: string }[];
}

const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/** Reads `key=value:Effect`, `key:Effect`, `key:Effect-` and `key-`. Throws a UsageError in kubectl's words. Source: kubectl pkg/cmd/taint/utils.go. */
export function parseTaints(words: readonly string[]): TaintChanges {
  const set: Taint[] = [];
  const removed: { key: string; effect: string }[] = [];
  for (const word of words) {
    if (word.endsWith("-")) {
      const { key, effect } = parseTaint(word.slice(0, -1));
      removed.push({ key, effect });
      continue;
    }
    const taint = parseTaint(word);
    if (!taint.effect) throw new UsageError(`invalid taint spec: ${word}`);
    if (set.some((other) => other.key === taint.key && other.effect === taint.effect))
      throw new UsageError(`duplicated taints with the same key and effect: {${taint.key} ${taint.value ?? ""} ${taint.effect} <nil>}`);
    set.push(taint);
  }
  return { set, removed };
}

function parseTaint(spec: string): Taint {
  const [pair = "", effect = "", ...rest] = spec.split(":");
  const [key = "", value, ...more] = pair.split("=");
  if (rest.length || more.length) throw new UsageError(`invalid taint spec: ${spec}`);
  const errors = [...isQualifiedName(key), ...(value === undefined ? [] : isValidLabelValue(value))];
  if (errors.length) throw new UsageError(`invalid taint spec: ${spec}, ${errors.join("; ")}`);
  if (effect && !EFFECTS.includes(effect)) throw new UsageError(`invalid taint effect: ${effect}, unsupported taint effect`);
  return { key, ...(value && { value }), effect };
}

/** Whether a taint of the same key and effect is there already. */
export const clashes = (present: readonly Taint[], { set }: TaintChanges): boolean =>
  set.some((taint) => present.some((other) => same(taint, other)));

const same = (a: Taint, b: Taint): boolean => a.key === b.key && a.effect === b.effect;

/** The taints afterwards, and what is said of it. Throws a UsageError when one that is to go is not there. */
export function changeTaints(present: readonly Taint[], { set, removed }: TaintChanges): { taints: Taint[]; done: string } {
  const goes = (taint: Taint) => removed.some(({ key, effect }) => taint.key === key && (!effect || taint.effect === effect));
  const missing = removed.filter(({ key, effect }) => !present.some((taint) => taint.key === key && (!effect || taint.effect === effect)));
  if (missing.length)
    throw new UsageError(missing.map(({ key, effect }) => `taint "${key}${effect && `:${effect}`}" not found`).join(", "));
  const kept = present.filter((taint) => !goes(taint) && !set.some((other) => same(taint, other)));
  const done = !removed.length ? (clashes(present, { set, removed }) ? "modified" : "tainted") : set.length ? "modified" : "untainted";
  return { taints: [...set, ...kept], done };
}
