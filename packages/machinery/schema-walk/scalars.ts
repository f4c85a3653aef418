import { rfc3339 } from "@wherry/base";
import { Quantity } from "../quantity.ts";
import { jsonTypeOf } from "./go-words.ts";
import { timeError } from "./time-error.ts";

/**
 * Values that Kubernetes decodes by rules of their own. Each function gives the canonical value, or throws: a WrongType, or an Error whose message is
 * the decoder's.
 */

/** JSON of a type that cannot be what is wanted. */
export class WrongType extends Error {
  /** What was found: `bool`, `number 1.5`. */
  readonly found: string;
  /** What it should have been, in Go: `int32`. */
  readonly wanted: string;

  constructor(found: string, wanted: string) {
    super(`json: cannot unmarshal ${found} into Go value of type ${wanted}`);
    this.found = found;
    this.wanted = wanted;
  }
}

/** A quantity is text or a number; what is stored is its canonical text. */
export function readQuantity(value: unknown): string {
  const text = typeof value === "string" ? value.trim() : typeof value === "number" ? value : "";
  return Quantity.parse(text).toString();
}

/** A 32-bit integer or a text. Source: apimachinery `intstr.IntOrString`. */
export function readIntOrString(value: unknown): number | string {
  if (typeof value === "string") return value;
  if (typeof value !== "number") throw new WrongType(jsonTypeOf(value), "int32");
  if (fitsInteger(value, "int32")) return value;
  throw new WrongType(`number ${value}`, "int32");
}

/** Whether a number may stand in an integer field. Beyond 2^53 a number can't be told from its neighbours, so it is refused. */
export function fitsInteger(value: number, format: string | undefined): boolean {
  return format === "int32" ? (value | 0) === value : Number.isSafeInteger(value);
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Standard base64, padded; line breaks are dropped. Source: Go `base64.StdEncoding`. */
export function readBase64(value: string): string {
  const text = /[\r\n]/.test(value) ? value.replace(/[\r\n]/g, "") : value;
  if (text.length % 4 === 0 && BASE64.test(text)) return text;
  const bad = text.search(/[^A-Za-z0-9+/]/);
  const padding = /^[A-Za-z0-9+/]*(={1,2})$/.test(text);
  throw new Error(`illegal base64 data at input byte ${bad < 0 || padding ? text.length - (text.length % 4) : bad}`);
}

const RFC3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/;

/** A time: UTC, whole seconds, or six decimals for a `MicroTime`, which must have them. */
export function readTime(value: unknown, micro: boolean): string {
  if (typeof value !== "string") throw new WrongType(jsonTypeOf(value), "string");
  const wrong = timeError(value, micro);
  const match = RFC3339.exec(value);
  const ms = match ? Date.parse(`${match[1]}${match[3]}`) : Number.NaN;
  if (wrong !== undefined || !match || Number.isNaN(ms)) throw new Error(wrong ?? `parsing time ${JSON.stringify(value)}: not a time`);
  const seconds = rfc3339(ms);
  return micro ? `${seconds.slice(0, -1)}.${match[2]}Z` : seconds;
}
