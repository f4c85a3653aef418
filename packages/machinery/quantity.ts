/** How a quantity is written: `1Ki`, `1k`, or `1e3`. Source: apimachinery `resource.Format`. */
export type QuantityFormat = "BinarySI" | "DecimalSI" | "DecimalExponent";

const FORMAT_WRONG = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const SUFFIX_WRONG = "unable to parse quantity's suffix";
const SHAPE = /^([+-]?)(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[-+]?\d*)$/;
/** Longer texts are no amounts of anything; the limit keeps hostile ones from costing time. */
const MAX_TEXT = 256;
const MAX_EXPONENT = 1000;

const NANO_DIGITS = 9;
const ONE = 10n ** BigInt(NANO_DIGITS);
const MAX_BINARY = (2n ** 63n - 1n) * ONE;

const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, "": 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const DECIMAL_SUFFIX = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
const BINARY: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };
const BINARY_SUFFIX = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/**
 * An exact amount, in steps of 10^-9. Immutable. It remembers the kind of suffix it was written with and prints in canonical form: no
 * fraction, and the largest suffix that loses nothing. Smaller parts than a billionth round away from zero. Source: apimachinery
 * `resource.Quantity`.
 */
export class Quantity {
  static readonly zero = new Quantity(0n, "DecimalSI");

  /** Billionths. */
  readonly nanos: bigint;
  readonly format: QuantityFormat;

  private constructor(nanos: bigint, format: QuantityFormat) {
    this.nanos = nanos;
    this.format = format;
  }

  /** Reads `500m`, `1.5Gi`, `1e3`; a number is taken by its decimal text. Throws an Error in Kubernetes' words. */
  static parse(text: string | number): Quantity {
    const source = String(text);
    const match = source.length > 0 && source.length <= MAX_TEXT ? SHAPE.exec(source) : null;
    if (!match) throw new Error(FORMAT_WRONG);
    const [, sign, whole = "", fraction = "", suffix = ""] = match;
    const { base, exponent, format } = interpret(suffix);
    const unscaled = BigInt(whole + fraction || "0");
    const nanos = base === 2 ? scale(unscaled << BigInt(exponent), -fraction.length) : scale(unscaled, exponent - fraction.length);
    const capped = base === 2 && nanos > MAX_BINARY ? MAX_BINARY : nanos;
    return new Quantity(sign === "-" ? -capped : capped, base === 2 && nanos < ONE && nanos > 0n ? "DecimalSI" : format);
  }

  /** `parse`, or undefined where it would throw. */
  static tryParse(text: string | number): Quantity | undefined {
    try {
      return Quantity.parse(text);
    } catch {
      return undefined;
    }
  }

  /** From an integer amount of whole units. */
  static of(units: number | bigint, format: QuantityFormat = "DecimalSI"): Quantity {
    return new Quantity(BigInt(units) * ONE, format);
  }

  /** From an integer amount of thousandths. */
  static ofMilli(thousandths: number | bigint, format: QuantityFormat = "DecimalSI"): Quantity {
    return new Quantity(BigInt(thousandths) * 1_000_000n, format);
  }

  /** The sum, in this quantity's format (the other's when this is zero). */
  add(other: Quantity): Quantity {
    return new Quantity(this.nanos + other.nanos, this.isZero() ? other.format : this.format);
  }

  sub(other: Quantity): Quantity {
    return new Quantity(this.nanos - other.nanos, this.isZero() ? other.format : this.format);
  }

  neg(): Quantity {
    return new Quantity(-this.nanos, this.format);
  }

  /** -1, 0 or 1. */
  compare(other: Quantity): -1 | 0 | 1 {
    return this.nanos < other.nanos ? -1 : this.nanos > other.nanos ? 1 : 0;
  }

  /** Whether the amounts are the same, however they are written. */
  equals(other: Quantity): boolean {
    return this.nanos === other.nanos;
  }

  isZero(): boolean {
    return this.nanos === 0n;
  }

  /** -1, 0 or 1. */
  sign(): -1 | 0 | 1 {
    return this.nanos < 0n ? -1 : this.nanos > 0n ? 1 : 0;
  }

  /** Whole units, rounded away from zero; precise up to 2^53. */
  value(): number {
    return Number(divideAway(this.nanos, ONE));
  }

  /** Thousandths, rounded away from zero; precise up to 2^53. */
  milliValue(): number {
    return Number(divideAway(this.nanos, 1_000_000n));
  }

  /** The amount as a floating-point number, for scoring only. */
  toNumber(): number {
    return Number(this.nanos) / Number(ONE);
  }

  /** The canonical text. */
  toString(): string {
    if (this.nanos === 0n) return "0";
    const binary = this.format === "BinarySI" && this.nanos % ONE === 0n && abs(this.nanos) >= 1024n * ONE;
    if (binary) return printBinary(this.nanos / ONE);
    return this.format === "DecimalExponent" ? printExponent(this.nanos) : printDecimal(this.nanos);
  }

  toJSON(): string {
    return this.toString();
  }
}

function interpret(suffix: string): { base: 2 | 10; exponent: number; format: QuantityFormat } {
  if (Object.hasOwn(BINARY, suffix)) return { base: 2, exponent: BINARY[suffix]!, format: "BinarySI" };
  if (Object.hasOwn(DECIMAL, suffix)) return { base: 10, exponent: DECIMAL[suffix]!, format: "DecimalSI" };
  const exponent = /^[eE][-+]?\d+$/.test(suffix) ? Number(suffix.slice(1)) : Number.NaN;
  if (!(Math.abs(exponent) <= MAX_EXPONENT)) throw new Error(SUFFIX_WRONG);
  return { base: 10, exponent, format: "DecimalExponent" };
}

/** `unscaled * 10^exponent` in nanos; what is left below one nano rounds up. `unscaled` is not negative. */
function scale(unscaled: bigint, exponent: number): bigint {
  const shift = exponent + NANO_DIGITS;
  return shift >= 0 ? unscaled * 10n ** BigInt(shift) : divideAway(unscaled, 10n ** BigInt(-shift));
}

const abs = (n: bigint) => (n < 0n ? -n : n);

function divideAway(n: bigint, by: bigint): bigint {
  const whole = n / by;
  return n % by === 0n ? whole : whole + (n < 0n ? -1n : 1n);
}

function printBinary(units: bigint): string {
  let step = 0;
  let left = units;
  while (step < BINARY_SUFFIX.length - 1 && left % 1024n === 0n) {
    left /= 1024n;
    step++;
  }
  return `${left}${BINARY_SUFFIX[step]}`;
}

function printDecimal(nanos: bigint): string {
  const { mantissa, thousands } = reduce(nanos, DECIMAL_SUFFIX.length - 1);
  return `${mantissa}${DECIMAL_SUFFIX[thousands]}`;
}

function printExponent(nanos: bigint): string {
  const { mantissa, thousands } = reduce(nanos, Number.POSITIVE_INFINITY);
  const exponent = thousands * 3 - NANO_DIGITS;
  return exponent === 0 ? `${mantissa}` : `${mantissa}e${exponent}`;
}

function reduce(nanos: bigint, most: number): { mantissa: bigint; thousands: number } {
  let thousands = 0;
  let mantissa = nanos;
  while (thousands < most && mantissa % 1000n === 0n) {
    mantissa /= 1000n;
    thousands++;
  }
  return { mantissa, thousands };
}
