import { formatValue, sprint, sprintf, sprintln } from "./format.ts";
import { bare, boxed, type GoValue, type Held, intOf, isMap, truth, typeOf } from "./value.ts";

/** What a function of templates takes and gives. It throws a FunctionError in Go's words; `texts` are the arguments as the template writes them. */
export interface TemplateFunction {
  least: number;
  most: number;
  /** The only types that its arguments may have; any when absent. */
  takes?: readonly ("string" | undefined)[];
  call(args: Held[], texts: readonly string[]): Held;
}

/** What a function says of its arguments. */
export class FunctionError extends Error {}

const MANY = Number.POSITIVE_INFINITY;

/** The functions of every template but `and` and `or`, which evaluate no more than they must. Source: Go's text/template/funcs.go, kubectl's printers/template.go. */
export const FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  not: { least: 1, most: 1, call: ([a]) => bare(!truth(a?.value)) },
  len: { least: 1, most: 1, call: ([item]) => bare(length(item?.value)) },
  index: { least: 1, most: MANY, call: index },
  slice: { least: 1, most: MANY, call: slice },
  print: { least: 0, most: MANY, call: (args) => bare(sprint(values(args))) },
  println: { least: 0, most: MANY, call: (args) => bare(sprintln(values(args))) },
  printf: { least: 1, most: MANY, takes: ["string"], call: ([format, ...args]) => bare(sprintf(format?.value as string, values(args))) },
  html: { least: 0, most: MANY, call: (args) => bare(joined(args).replace(/[\0"'&<>]/g, (c) => HTML[c] as string)) },
  js: { least: 0, most: MANY, call: (args) => bare(escapeJs(joined(args))) },
  urlquery: { least: 0, most: MANY, call: (args) => bare(escapeQuery(joined(args))) },
  eq: {
    least: 1,
    most: MANY,
    call: ([a, ...rest]) =>
      bare(
        equalsAny(
          a?.value,
          rest.map(({ value }) => value),
        ),
      ),
  },
  ne: { least: 2, most: 2, call: ([a, b]) => bare(!equalsAny(a?.value, [b?.value])) },
  lt: { least: 2, most: 2, call: ([a, b]) => bare(less(a?.value, b?.value)) },
  le: { least: 2, most: 2, call: ([a, b]) => bare(less(a?.value, b?.value) || equalsAny(a?.value, [b?.value])) },
  gt: { least: 2, most: 2, call: ([a, b]) => bare(!less(a?.value, b?.value) && !equalsAny(a?.value, [b?.value])) },
  ge: { least: 2, most: 2, call: ([a, b]) => bare(!less(a?.value, b?.value)) },
  call: { least: 1, most: MANY, call: callNothing },
  exists: { least: 1, most: MANY, call: ([item, ...path]) => bare(exists(item?.value, path)) },
  base64decode: { least: 1, most: 1, takes: ["string"], call: ([text]) => bare(base64(text?.value as string)) },
};

/** All names that a template may call. */
export const FUNCTION_NAMES: ReadonlySet<string> = new Set([...Object.keys(FUNCTIONS), "and", "or"]);

const values = (args: readonly Held[]): GoValue[] => args.map(({ value }) => value);

/** What is missing is no value here, while printing functions call it nil. */
function joined(args: readonly Held[]): string {
  const [only, ...more] = values(args);
  if (typeof only === "string" && !more.length) return only;
  return sprint(values(args).map((value) => (value === undefined || value === null ? "<no value>" : value)));
}

function length(value: GoValue): bigint {
  if (value === undefined || value === null) throw new FunctionError("reflect: call of reflect.Value.Type on zero Value");
  if (typeof value === "string") return BigInt(Buffer.byteLength(value));
  if (Array.isArray(value) || isMap(value)) return BigInt((Array.isArray(value) ? value : Object.keys(value)).length);
  throw new FunctionError(`len of type ${typeOf(value)}`);
}

function index([item, ...path]: Held[]): Held {
  let at = item as Held;
  if (at.value === undefined || at.value === null) throw new FunctionError("index of untyped nil");
  for (const { value: key } of path) {
    const { value } = at;
    if (value === null || value === undefined) throw new FunctionError("index of nil pointer");
    if (isMap(value)) at = { value: Object.hasOwn(value, mapKey(key)) ? value[key as string] : null, boxed: true };
    else if (Array.isArray(value)) at = boxed(value[position(key, value.length)]);
    else if (typeof value === "string") {
      const bytes = Buffer.from(value);
      at = bare(BigInt(bytes[position(key, bytes.length)] as number));
    } else throw new FunctionError(`can't index item of type ${typeOf(value)}`);
  }
  return at;
}

function mapKey(key: GoValue): string {
  if (key === undefined || key === null) throw new FunctionError("value is nil; should be of type string");
  if (typeof key !== "string") throw new FunctionError(`value has type ${typeOf(key)}; should be string`);
  return key;
}

function position(key: GoValue, length: number, last = length - 1): number {
  if (key === undefined || key === null) throw new FunctionError("cannot index slice/array with nil");
  const at = intOf(key);
  if (at === undefined) throw new FunctionError(`cannot index slice/array with type ${typeOf(key)}`);
  if (at < 0n || at > BigInt(length)) throw new FunctionError(`index out of range: ${at}`);
  if (at > BigInt(last)) throw new FunctionError("reflect: slice index out of range");
  return Number(at);
}

function slice([item, ...bounds]: Held[]): Held {
  const value = item?.value;
  if (value === undefined || value === null) throw new FunctionError("slice of untyped nil");
  if (bounds.length > 3) throw new FunctionError(`too many slice indexes: ${bounds.length}`);
  if (typeof value !== "string" && !Array.isArray(value)) throw new FunctionError(`can't slice item of type ${typeOf(value)}`);
  if (typeof value === "string" && bounds.length === 3) throw new FunctionError("cannot 3-index slice a string");
  const whole = typeof value === "string" ? Buffer.from(value) : value;
  const [from = 0, to = whole.length, most = to] = bounds.map((bound) => position(bound.value, whole.length, whole.length));
  if (from > to) throw new FunctionError(`invalid slice index: ${from} > ${to}`);
  if (to > most) throw new FunctionError(`invalid slice index: ${to} > ${most}`);
  return bare(Buffer.isBuffer(whole) ? whole.subarray(from, to).toString() : whole.slice(from, to));
}

const KINDS: Readonly<Record<string, string>> = { boolean: "bool", string: "string", number: "float", bigint: "int" };

/** Numbers by their kind, and not by their type. */
const comparable = (value: GoValue): GoValue => intOf(value) ?? value;

function equalsAny(first: GoValue, others: readonly GoValue[]): boolean {
  if (!others.length) throw new FunctionError("missing argument for comparison");
  const a = comparable(first);
  return others.map(comparable).some((b) => {
    const [left, right] = [KINDS[typeof a], KINDS[typeof b]];
    const missing = (value: GoValue) => value === undefined || value === null;
    if (left !== right) {
      if (missing(a) || missing(b)) return false;
      throw new FunctionError("incompatible types for comparison");
    }
    if (left !== undefined) return a === b;
    if (missing(a) || missing(b)) return missing(a) === missing(b);
    throw new FunctionError(`non-comparable type ${formatValue(a)}: ${typeOf(a)}`);
  });
}

function less(first: GoValue, second: GoValue): boolean {
  const [a, b] = [comparable(first), comparable(second)];
  const [left, right] = [KINDS[typeof a], KINDS[typeof b]];
  if (!left || !right) throw new FunctionError("invalid type for comparison");
  if (left !== right) throw new FunctionError("incompatible types for comparison");
  if (left === "bool") throw new FunctionError("invalid type for comparison");
  if (typeof a === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b as string)) < 0;
  return (a as number) < (b as number);
}

/** Nothing that comes from JSON is a function. */
function callNothing([fn]: Held[], [text]: readonly string[]): never {
  if (fn?.value === undefined || fn.value === null) throw new FunctionError("call of nil");
  throw new FunctionError(`non-function ${text} of type ${typeOf(fn.value)}`);
}

function exists(value: GoValue, path: readonly Held[]): boolean {
  let at = value;
  for (const { value: key } of path) {
    if (isMap(at) && typeof key === "string" && Object.hasOwn(at, key)) at = at[key];
    else if (Array.isArray(at) && at[Number(intOf(key) ?? -1)] !== undefined) at = at[Number(intOf(key))];
    else return false;
  }
  return true;
}

function base64(text: string): string {
  const clean = text.replace(/[\r\n]/g, "");
  const bad =
    /[^A-Za-z0-9+/=]/.exec(clean)?.index ??
    (/^[^=]*={0,2}$/.test(clean) && clean.length % 4 === 0 ? undefined : clean.length - (clean.length % 4));
  if (bad !== undefined) throw new FunctionError(`base64 decode failed: illegal base64 data at input byte ${bad}`);
  return Buffer.from(clean, "base64").toString();
}

const HTML: Readonly<Record<string, string>> = { "\0": "\ufffd", '"': "&#34;", "'": "&#39;", "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** Source: Go's template.JSEscapeString. */
function escapeJs(text: string): string {
  return [...text]
    .map((c) => {
      if (/[\\'"]/.test(c)) return `\\${c}`;
      const code = c.codePointAt(0) as number;
      const shown = /[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(c);
      if (!/[<>&=]/.test(c) && shown) return c;
      return `\\u${code.toString(16).toUpperCase().padStart(4, "0")}`;
    })
    .join("");
}

/** Source: Go's url.QueryEscape. */
const escapeQuery = (text: string): string =>
  encodeURIComponent(text)
    .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
