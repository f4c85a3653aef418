/** A whole number that came from JSON. */
export class Int64 {
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
}

/**
 * A value that templates work with, as Kubernetes' tools decode it from JSON: `number` is a float64, `bigint` an int of the template's own, an object a map. Undefined is what is
 * not there at all.
 */
export type GoValue = undefined | null | boolean | string | number | bigint | Int64 | readonly GoValue[] | GoMap;

/** What JSON says, as a template sees it. */
export function fromJson(value: unknown): GoValue {
  if (typeof value === "number") return Number.isInteger(value) ? new Int64(BigInt(value)) : value;
  if (Array.isArray(value)) return value.map(fromJson);
  if (typeof value !== "object" || value === null) return value as GoValue;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, fromJson(child)]));
}

/** A whole number, of either kind. */
export const intOf = (value: GoValue): bigint | undefined =>
  typeof value === "bigint" ? value : value instanceof Int64 ? value.value : undefined;

export interface GoMap {
  readonly [key: string]: GoValue;
}

/** A value and whether it stands in a variable of the type `interface {}`, which shows in messages. */
export interface Held {
  value: GoValue;
  boxed: boolean;
}

export const bare = (value: GoValue): Held => ({ value, boxed: false });
export const boxed = (value: GoValue): Held => ({ value, boxed: value !== undefined });

export const isMap = (value: GoValue): value is GoMap =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Int64);

/** A value's type, in Go's words. */
export function typeOf(value: GoValue): string {
  if (value === null || value === undefined) return "<nil>";
  if (Array.isArray(value)) return "[]interface {}";
  if (value instanceof Int64) return "int64";
  if (isMap(value)) return "map[string]interface {}";
  return { boolean: "bool", string: "string", number: "float64", bigint: "int" }[typeof value as "boolean"] ?? "";
}

/** The type that the value is declared with: what a field of a map is declared with says nothing of what is in it. */
export const declaredType = ({ value, boxed: inside }: Held): string => (inside ? "interface {}" : typeOf(value));

/** Whether `if` and `with` take it. */
export function truth(value: GoValue): boolean {
  const int = intOf(value);
  if (int !== undefined) return int !== 0n;
  if (typeof value === "object" && value !== null) return (Array.isArray(value) ? value : Object.keys(value)).length > 0;
  return Boolean(value);
}

/** A map's keys, in the order of `range`. */
export const sortedKeys = (map: GoMap): string[] => Object.keys(map).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
