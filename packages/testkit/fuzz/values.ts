import type { Definitions, Schema } from "@wherry/machinery";
import type { Random } from "./random.ts";

/** Texts that parsers and validators have been known to stumble over. */
export const TEXTS: readonly string[] = [
  ...[
    "",
    "a",
    "web",
    "default",
    "kube-system",
    "A B",
    "..",
    ".",
    "/x",
    "%2f",
    "%",
    "TCP",
    "Always",
    "None",
    "IfNotPresent",
    "\u0000",
    "\n",
    "\r\n",
  ],
  ...[
    "10.0.0.1",
    "::1",
    "10.0.0.0/8",
    "1",
    "-1",
    "0",
    "100m",
    "1Gi",
    "1e309",
    "25%",
    "NaN",
    "null",
    "true",
    "9007199254740993",
    "18446744073709551616",
  ],
  ...[
    "2026-01-01T00:00:00Z",
    "9999-99-99T99:99:99Z",
    "0001-01-01T00:00:00Z",
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "valueOf",
  ],
  ...[
    "a=b",
    "a in (b,c)",
    "!a",
    "a notin ()",
    "a,,b",
    "((((",
    "a>1",
    "x".repeat(64),
    "x".repeat(300),
    "ü",
    "💥",
    "\ud800",
    "\ufeff",
    "a/b/c",
    "example.com/x",
  ],
  ...[
    "{}",
    "[]",
    '"',
    "\\",
    "$" + "{x}",
    "$patch",
    "$(a)",
    "../../etc/passwd",
    "*",
    "&a",
    "!!js",
    "~",
    "a\tb",
    "kubernetes.io/hostname",
    "orphan",
    "foregroundDeletion",
  ],
];

const NUMBERS = [-1, 0, 1, 2, 80, 65536, 2 ** 31, -(2 ** 31), 2 ** 53, 1e308, 0.5, -0];

const MAX_DEPTH = 8;

/** A value that fits the schema, most of the time. */
export function valueFor(random: Random, definitions: Definitions, schema: Schema, depth = 0): unknown {
  if (random.chance(0.02)) return anything(random, 3);
  const s = schema.ref ? (definitions[schema.ref] ?? {}) : schema;
  if (s.enum && random.chance(0.9)) return random.pick(s.enum);
  if (s.intOrString) return random.chance(0.5) ? random.pick(NUMBERS) : random.pick(TEXTS);
  if (s.type === "object") return objectFor(random, definitions, s, depth);
  if (s.type === "array") return depth > MAX_DEPTH ? [] : random.times(2, () => valueFor(random, definitions, s.items ?? {}, depth + 1));
  if (s.type === "boolean") return random.chance(0.5);
  if (s.type === "integer" || s.type === "number") return random.pick(NUMBERS);
  return s.type === "string" ? random.pick(TEXTS) : anything(random, 2);
}

function objectFor(random: Random, definitions: Definitions, s: Schema, depth: number): unknown {
  if (depth > MAX_DEPTH) return {};
  const { additionalProperties } = s;
  if (additionalProperties)
    return Object.fromEntries(random.times(2, () => [random.pick(TEXTS), valueFor(random, definitions, additionalProperties, depth + 1)]));
  const names = Object.keys(s.properties ?? {});
  const required = new Set(s.required ?? []);
  const share = Math.min(0.5, 4 / Math.max(1, names.length));
  const chosen = names.filter((name) => (required.has(name) ? random.chance(0.9) : random.chance(share)));
  const members = chosen.map((name) => [name, valueFor(random, definitions, s.properties?.[name] ?? {}, depth + 1)]);
  if (random.chance(0.03)) members.push([random.pick(TEXTS), anything(random, 2)]);
  return Object.fromEntries(members);
}

/** Any JSON. */
export function anything(random: Random, depth: number): unknown {
  const form = random.below(depth > 0 ? 7 : 5);
  if (form === 0) return null;
  if (form === 1) return random.chance(0.5);
  if (form === 2) return random.pick(NUMBERS);
  if (form < 5) return random.pick(TEXTS);
  if (form === 5) return random.times(3, () => anything(random, depth - 1));
  return Object.fromEntries(random.times(3, () => [random.pick(TEXTS), anything(random, depth - 1)]));
}

/** Labels that are good. */
export const labels = (): Record<string, string> => ({ app: "web" });

/** A copy of a value in which a few things are others. */
export function altered(random: Random, value: unknown, share: number): unknown {
  if (random.chance(share)) return anything(random, 2);
  if (Array.isArray(value)) return value.flatMap((item) => (random.chance(share) ? [] : [altered(random, item, share)]));
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).filter(() => !random.chance(share));
  return Object.fromEntries(members.map(([key, child]) => [key, altered(random, child, share)]));
}
