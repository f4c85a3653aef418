/** One field as it stands on the wire. A number for varints, bytes for everything with a length; fixed-width values come as their bytes. */
export interface WireField {
  number: number;
  value: bigint | Uint8Array;
}

/** Reads the fields of a message in order. Throws an Error on what is no protobuf. */
export function* wireFields(bytes: Uint8Array): Generator<WireField> {
  const at = { offset: 0 };
  while (at.offset < bytes.length) {
    const tag = Number(varint(bytes, at));
    yield { number: tag >>> 3, value: fieldValue(bytes, at, tag & 7) };
  }
}

function fieldValue(bytes: Uint8Array, at: { offset: number }, wireType: number): bigint | Uint8Array {
  if (wireType === 0) return varint(bytes, at);
  if (wireType === 2) return take(bytes, at, Number(varint(bytes, at)));
  if (wireType === 1) return take(bytes, at, 8);
  if (wireType === 5) return take(bytes, at, 4);
  throw new Error(`proto: illegal wireType ${wireType}`);
}

function take(bytes: Uint8Array, at: { offset: number }, length: number): Uint8Array {
  const end = at.offset + length;
  if (end > bytes.length) throw new Error("unexpected EOF");
  const value = bytes.subarray(at.offset, end);
  at.offset = end;
  return value;
}

function varint(bytes: Uint8Array, at: { offset: number }): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = bytes[at.offset++];
    if (byte === undefined) throw new Error("unexpected EOF");
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt.asIntN(64, value);
  }
  throw new Error("proto: integer overflow");
}

/** Writes fields of a message. */
export class WireWriter {
  readonly #parts: Uint8Array[] = [];

  bytes(number: number, value: Uint8Array): this {
    this.#parts.push(head(number, 2), encodeVarint(value.length), value);
    return this;
  }

  /** An empty text is left out. */
  text(number: number, value: string | undefined): this {
    return value ? this.bytes(number, Buffer.from(value)) : this;
  }

  /** False is left out. */
  flag(number: number, value: boolean | undefined): this {
    if (value) this.#parts.push(head(number, 0), encodeVarint(1));
    return this;
  }

  message(number: number, value: WireWriter | undefined): this {
    return value ? this.bytes(number, value.finish()) : this;
  }

  finish(): Uint8Array {
    return Buffer.concat(this.#parts);
  }
}

const head = (number: number, wireType: number) => encodeVarint(number * 8 + wireType);

function encodeVarint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Uint8Array.from([...bytes, rest]);
}
