import { isData } from "../data.ts";

const CLAUSE = /%(?:%|(?:\.(\d+))?(.?))/gsu;

/** A text in which each clause such as `%s` or `%.2f` stands for the next argument. Throws an Error in cel-go's words. Source: cel-go `ext/formatting.go`. */
export function formatText(text: string, args: readonly unknown[]): string {
  let next = 0;
  const result = text.replace(CLAUSE, (whole, precision: string | undefined, verb: string) => {
    if (whole === "%%") return "%";
    const format = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
    if (!format) throw new Error(`could not parse formatting clause: unrecognized formatting clause ${JSON.stringify(verb)}`);
    if (next >= args.length) throw new Error(`index ${next} out of range`);
    try {
      return format(args[next++], precision === undefined ? 6 : Number(precision));
    } catch (error) {
      throw new Error(`error during formatting: ${(error as Error).message}`);
    }
  });
  return result;
}

type Format = (value: unknown, precision: number) => string;

const VERBS: Readonly<Record<string, Format>> = {
  s: (value) => show(value, false),
  d: (value) => whole(value, "decimal", "integers", 10),
  f: (value, precision) => real(value, "fixed-point", (number) => number.toFixed(Math.min(precision, 100))),
  e: (value, precision) => real(value, "scientific", (number) => exponent(number.toExponential(Math.min(precision, 100)))),
  b: (value) => (typeof value === "boolean" ? String(Number(value)) : whole(value, "binary", "integers and bools", 2)),
  o: (value) => whole(value, "octal", "integers", 8),
  x: hex,
  X: (value) => hex(value).toUpperCase(),
};

/** At least two digits, as Go has it. */
const exponent = (text: string) => text.replace(/e([+-])(\d)$/, "e$10$2");

function whole(value: unknown, clause: string, what: string, base: number): string {
  const number = integer(value);
  if (number !== undefined) return number.toString(base);
  if (base === 10 && typeof value === "number" && !Number.isFinite(value)) return show(value, false);
  throw new Error(`${clause} clause can only be used on ${what}, was given ${typeName(value)}`);
}

function real(value: unknown, clause: string, print: (number: number) => string): string {
  const number = typeof value === "number" ? value : Number(integer(value) ?? Number.NaN);
  if (typeof value !== "number" && integer(value) === undefined)
    throw new Error(`${clause} clause can only be used on doubles, was given ${typeName(value)}`);
  return Number.isFinite(number) ? print(number) : show(number, false);
}

function hex(value: unknown): string {
  if (typeof value === "string") return Buffer.from(value, "utf8").toString("hex");
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  const number = integer(value);
  if (number === undefined)
    throw new Error(`only integers, byte buffers, and strings can be formatted as hex, was given ${typeName(value)}`);
  return number.toString(16);
}

/** Of signed and unsigned ones. */
function integer(value: unknown): bigint | undefined {
  if (typeof value === "bigint") return value;
  const plain = typeof value === "object" && value !== null ? value.valueOf() : undefined;
  return typeof plain === "bigint" ? plain : undefined;
}

/** A value as `%s` shows it; texts inside others have quotes. */
function show(value: unknown, inside: boolean): string {
  if (typeof value === "string") return inside ? JSON.stringify(value) : value;
  if (typeof value === "number")
    return Number.isFinite(value) ? String(value) : Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  if (value === null || typeof value === "boolean") return String(value);
  const number = integer(value);
  if (number !== undefined) return String(number);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("utf8");
  if (value instanceof Date) return inside ? `timestamp(${JSON.stringify(stamp(value))})` : stamp(value);
  if (Array.isArray(value)) return `[${value.map((item) => show(item, true)).join(", ")}]`;
  if (value instanceof Map) return showMap(value);
  const seconds = secondsOf(value);
  if (seconds !== undefined) return inside ? `duration(${JSON.stringify(seconds)})` : seconds;
  if (isData(value)) return showMap(new Map(Object.entries(value)));
  throw new Error(
    `string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps, was given ${typeName(value)}`,
  );
}

const stamp = (time: Date) => time.toISOString().replace(/\.?0*Z$/, "Z");

function showMap(map: ReadonlyMap<unknown, unknown>): string {
  const entries = [...map].map(([key, value]) => [show(key, true), show(value, true)] as const);
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}: ${value}`)
    .join(", ")}}`;
}

/** A duration as its seconds. */
function secondsOf(value: unknown): string | undefined {
  const { seconds, nanos } = (value ?? {}) as { seconds?: unknown; nanos?: unknown };
  if (typeof seconds !== "bigint" || typeof nanos !== "number") return undefined;
  return `${Number(seconds) + nanos / 1e9}s`;
}

function typeName(value: unknown): string {
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return "double";
  if (value === null) return "null_type";
  if (Array.isArray(value)) return "list";
  if (value instanceof Map) return "map";
  if (value instanceof Uint8Array) return "bytes";
  return value instanceof Date ? "google.protobuf.Timestamp" : "dyn";
}
