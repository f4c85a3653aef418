import { quoteGo } from "./quote.ts";
import { type GoValue, Int64, intOf, isMap, sortedKeys, typeOf } from "./value.ts";

/** A value as Go's `%v` shows it. Source: Go's fmt package. */
export function formatValue(value: GoValue): string {
  if (value === null || value === undefined) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(formatValue).join(" ")}]`;
  if (isMap(value))
    return `map[${sortedKeys(value)
      .map((key) => `${key}:${formatValue(value[key])}`)
      .join(" ")}]`;
  return typeof value === "number" ? shortest(value) : String(intOf(value) ?? value);
}

const EXPONENT_FROM = 6;

/** A float64 in as few digits as tell it, with an exponent from a million on. Source: Go's strconv.FormatFloat and fmt's `%v`. */
function shortest(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  if (Object.is(value, -0)) return "-0";
  const [digits = "", exponent = "0"] = value.toExponential().split("e");
  if (value === 0 || (Number(exponent) >= -4 && Number(exponent) < EXPONENT_FROM)) return plain(value);
  return `${digits}e${signed(Number(exponent))}`;
}

const plain = (value: number): string => {
  const text = String(value);
  return text.includes("e") ? value.toFixed(20).replace(/\.?0+$/, "") : text;
};

const signed = (exponent: number): string => `${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;

/** The operands one after another, with a space between two of which neither is text. Source: Go's fmt.Sprint. */
export function sprint(values: readonly GoValue[]): string {
  return values
    .map((value, i) => (i > 0 && typeof value !== "string" && typeof values[i - 1] !== "string" ? " " : "") + formatValue(value))
    .join("");
}

/** The operands with spaces between them, and an end of line. Source: Go's fmt.Sprintln. */
export const sprintln = (values: readonly GoValue[]): string => `${values.map(formatValue).join(" ")}\n`;

const VERB = /%([-+# 0]*)(\*|\d+)?(?:\.(\*|\d+)?)?(\[\d+\])?(.?)/gsu;

interface Flags {
  minus: boolean;
  plus: boolean;
  sharp: boolean;
  space: boolean;
  zero: boolean;
  width: number | undefined;
  precision: number | undefined;
}

/** Source: Go's fmt.Sprintf. */
export function sprintf(format: string, values: readonly GoValue[]): string {
  let next = 0;
  let reordered = false;
  const star = (text: string | undefined) => (text === "*" ? Number(values[next++] ?? 0) : text === undefined ? undefined : Number(text));
  const text = format.replace(VERB, (whole, flags: string, width, precision, index: string | undefined, verb: string) => {
    if (verb === "") return "%!(NOVERB)";
    const how: Flags = {
      ...{ minus: flags.includes("-"), plus: flags.includes("+"), sharp: flags.includes("#"), space: flags.includes(" ") },
      ...{ zero: flags.includes("0"), width: star(width), precision: /\./.test(whole) ? (star(precision) ?? 0) : undefined },
    };
    if (verb === "%") return "%";
    if (index) {
      next = Number(index.slice(1, -1)) - 1;
      reordered = true;
    }
    if (next < 0 || next >= values.length) return `%!${verb}(${index ? "BADINDEX" : "MISSING"})`;
    return one(values[next++] as GoValue, verb, how);
  });
  const extra = reordered ? [] : values.slice(next);
  if (!extra.length) return text;
  return `${text}%!(EXTRA ${extra.map((v) => (v === null || v === undefined ? "<nil>" : `${typeOf(v)}=${formatValue(v)}`)).join(", ")})`;
}

function one(value: GoValue, verb: string, flags: Flags): string {
  if (verb === "T") return pad(typeOf(value), flags);
  if (value === null || value === undefined) return verb === "v" ? pad("<nil>", flags) : `%!${verb}(<nil>)`;
  if (verb === "v" && flags.sharp) return pad(sourceOf(value), flags);
  if (Array.isArray(value)) return `[${value.map((item) => one(item, verb, flags)).join(" ")}]`;
  if (isMap(value)) {
    const entry = (key: string) => `${one(key, verb, flags)}:${one(value[key], verb, flags)}`;
    return `map[${sortedKeys(value).map(entry).join(" ")}]`;
  }
  const text = scalar(value as boolean | string | number | bigint | Int64, verb, flags);
  return text ?? `%!${verb}(${typeOf(value)}=${formatValue(value)})`;
}

/** Undefined when the verb is none for such a value. */
function scalar(value: boolean | string | number | bigint | Int64, verb: string, flags: Flags): string | undefined {
  if (value instanceof Int64) return ofInt(value.value, verb, flags);
  switch (typeof value) {
    case "boolean":
      return "vt".includes(verb) ? pad(String(value), flags) : undefined;
    case "string":
      return ofString(value, verb, flags);
    case "number":
      return ofFloat(value, verb, flags);
    case "bigint":
      return ofInt(value, verb, flags);
  }
}

function ofString(value: string, verb: string, flags: Flags): string | undefined {
  const cut = flags.precision === undefined ? value : [...value].slice(0, flags.precision).join("");
  if (verb === "v" || verb === "s") return pad(cut, flags);
  if (verb === "q") return pad(quoteGo(cut), flags);
  if (verb !== "x" && verb !== "X") return undefined;
  const hex = Buffer.from(value).toString("hex");
  return pad(verb === "X" ? hex.toUpperCase() : hex, flags);
}

function ofFloat(value: number, verb: string, flags: Flags): string | undefined {
  const text = floatText(value, verb, flags.precision);
  if (text === undefined) return undefined;
  const sign = value >= 0 && !text.startsWith("+") ? (flags.plus ? "+" : flags.space ? " " : "") : "";
  return padNumber(sign + text, flags, Number.isFinite(value));
}

function floatText(value: number, verb: string, precision: number | undefined): string | undefined {
  if (!/^[vgGeEfF]$/.test(verb)) return undefined;
  if (!Number.isFinite(value)) return shortest(value);
  if (verb === "f" || verb === "F") return value.toFixed(precision ?? 6);
  const exponential = (text: string) => text.replace(/e([+-]\d+)$/, (_, exponent: string) => `e${signed(Number(exponent))}`);
  const upper = (text: string) => (/[GE]/.test(verb) ? text.toUpperCase() : text);
  if (verb === "e" || verb === "E") return upper(exponential(value.toExponential(precision ?? 6)));
  if (precision === undefined) return upper(shortest(value));
  const digits = Math.max(precision, 1);
  const exponent = Number(value.toExponential(digits - 1).split("e")[1]);
  const text =
    exponent < -4 || exponent >= digits ? exponential(value.toExponential(digits - 1)) : value.toFixed(Math.max(digits - 1 - exponent, 0));
  return upper(text.replace(/(\.\d*?)0+(?=e|$)/, "$1").replace(/\.(?=e|$)/, ""));
}

const BASES: Readonly<Record<string, readonly [base: number, prefix: string]>> = {
  ...{ v: [10, ""], d: [10, ""], b: [2, "0b"], o: [8, "0"], O: [8, "0o"], x: [16, "0x"], X: [16, "0X"] },
};

function ofInt(value: bigint, verb: string, flags: Flags): string | undefined {
  const code = Number(value);
  if (verb === "c" || verb === "q") {
    const c = code >= 0 && code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
    return pad(verb === "c" ? c : quoteGo(c, "'"), flags);
  }
  if (verb === "U") return pad(`U+${value.toString(16).toUpperCase().padStart(4, "0")}`, flags);
  const [base, prefix] = BASES[verb] ?? [0, ""];
  if (!base) return undefined;
  const digits = (value < 0n ? -value : value).toString(base).padStart(flags.precision ?? 0, "0");
  const sign = value < 0n ? "-" : flags.plus ? "+" : flags.space ? " " : "";
  const text = `${sign}${flags.sharp || verb === "O" ? prefix : ""}${verb === "X" ? digits.toUpperCase() : digits}`;
  return padNumber(text, flags, flags.precision === undefined);
}

/** A value as Go's source would write it: `%#v`. */
function sourceOf(value: GoValue): string {
  if (value === null || value === undefined) return "interface {}(nil)";
  if (Array.isArray(value)) return `[]interface {}{${value.map(sourceOf).join(", ")}}`;
  if (isMap(value))
    return `map[string]interface {}{${sortedKeys(value)
      .map((key) => `${quoteGo(key)}:${sourceOf(value[key])}`)
      .join(", ")}}`;
  if (typeof value === "string") return quoteGo(value);
  return typeof value === "number" ? shortest(value) : String(intOf(value) ?? value);
}

function pad(text: string, { width, minus, zero }: Flags): string {
  if (width === undefined) return text;
  const missing = Math.abs(width) - [...text].length;
  if (missing <= 0) return text;
  return minus || width < 0 ? text + " ".repeat(missing) : (zero ? "0" : " ").repeat(missing) + text;
}

/** Zeros stand between the sign and the digits. */
function padNumber(text: string, flags: Flags, zeros: boolean): string {
  if (!flags.zero || !zeros || flags.minus || flags.width === undefined) return pad(text, { ...flags, zero: false });
  const [, sign = "", digits = ""] = /^([-+ ]?)(.*)$/.exec(text) ?? [];
  return sign + digits.padStart(flags.width - sign.length, "0");
}
