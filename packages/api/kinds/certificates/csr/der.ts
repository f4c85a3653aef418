/** One value of ASN.1 in DER (X.690). */
export interface DerValue {
  tag: number;
  /** With its tag and length, as it is signed. */
  whole: Buffer;
  content: Buffer;
}

export const DER_SEQUENCE = 0x30;
export const DER_BIT_STRING = 0x03;

const LONG_FORM = 0x80;
const MOST_LENGTH_BYTES = 4;

/** The values that stand one after the other in these bytes. Throws an Error when they do not fill them exactly. */
export function derValues(bytes: Buffer): DerValue[] {
  const values: DerValue[] = [];
  for (let at = 0; at < bytes.length; ) {
    const value = valueAt(bytes, at);
    values.push(value);
    at += value.whole.length;
  }
  return values;
}

function valueAt(bytes: Buffer, at: number): DerValue {
  const { length, size } = lengthAt(bytes, at + 1);
  const start = at + 1 + size;
  if (start + length > bytes.length) throw new Error("asn1: syntax error: data truncated");
  return { tag: bytes[at] as number, whole: bytes.subarray(at, start + length), content: bytes.subarray(start, start + length) };
}

/** A length, and how many bytes it is written in. */
function lengthAt(bytes: Buffer, at: number): { length: number; size: number } {
  const first = bytes[at];
  if (first === undefined) throw new Error("asn1: syntax error: truncated tag or length");
  if (first < LONG_FORM) return { length: first, size: 1 };
  const count = first - LONG_FORM;
  if (count === 0 || count > MOST_LENGTH_BYTES || at + count >= bytes.length) throw new Error("asn1: syntax error: invalid length");
  return { length: bytes.readUIntBE(at + 1, count), size: 1 + count };
}
