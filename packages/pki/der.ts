import { isIP } from "node:net";
import type { asn1 as Forge } from "node-forge";

type Asn1 = Forge.Asn1;
type Asn1Module = typeof Forge;

/** Builds ASN.1 values and encodes them as DER. A thin layer over node-forge, which is loaded only when something must be encoded. */
export class Der {
  readonly #asn1: Asn1Module;

  constructor(asn1: Asn1Module) {
    this.#asn1 = asn1;
  }

  static async load(): Promise<Der> {
    return new Der((await import("node-forge/lib/asn1.js")).default);
  }

  sequence(...values: Asn1[]): Asn1 {
    return this.#universal("SEQUENCE", values);
  }

  set(...values: Asn1[]): Asn1 {
    return this.#universal("SET", values);
  }

  oid(dotted: string): Asn1 {
    return this.#universal("OID", this.#asn1.oidToDer(dotted).getBytes());
  }

  utf8(text: string): Asn1 {
    return this.#universal("UTF8", binary(Buffer.from(text)));
  }

  boolean(value: boolean): Asn1 {
    return this.#universal("BOOLEAN", value ? "\xff" : "\0");
  }

  /** A positive integer, given by its bytes; the first must be below 0x80. */
  integer(bytes: Uint8Array): Asn1 {
    return this.#universal("INTEGER", binary(bytes));
  }

  octets(bytes: Uint8Array): Asn1 {
    return this.#universal("OCTETSTRING", binary(bytes));
  }

  /** A bit string; `unused` is how many of the last byte's lowest bits do not count. */
  bits(bytes: Uint8Array, unused = 0): Asn1 {
    return this.#universal("BITSTRING", String.fromCharCode(unused) + binary(bytes));
  }

  /** A time, in the form that RFC 5280 asks for at that time. */
  time(ms: number): Asn1 {
    const date = new Date(ms);
    if (date.getUTCFullYear() < 2050) return this.#universal("UTCTIME", this.#asn1.dateToUtcTime(date));
    return this.#universal("GENERALIZEDTIME", this.#asn1.dateToGeneralizedTime(date));
  }

  /** A value inside a context tag of its own. */
  explicit(tag: number, value: Asn1): Asn1 {
    return this.#asn1.create(this.#asn1.Class.CONTEXT_SPECIFIC, tag, true, [value]);
  }

  /** Bytes under a context tag in place of their own type. */
  implicit(tag: number, bytes: Uint8Array): Asn1 {
    return this.#asn1.create(this.#asn1.Class.CONTEXT_SPECIFIC, tag, false, binary(bytes));
  }

  decode(bytes: Uint8Array): Asn1 {
    return this.#asn1.fromDer(binary(bytes));
  }

  encode(value: Asn1): Buffer {
    return Buffer.from(this.#asn1.toDer(value).getBytes(), "latin1");
  }

  #universal(type: keyof Asn1Module["Type"], value: string | Asn1[]): Asn1 {
    return this.#asn1.create(this.#asn1.Class.UNIVERSAL, this.#asn1.Type[type], Array.isArray(value), value);
  }
}

/** forge holds bytes in strings, one per character. */
function binary(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

/** The bytes of an IP address: 4 or 16. */
export function ipBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split(".").map(Number));
  // The URL parser writes an address in its one short form, without an IPv4 tail.
  const short = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = "", tail] = short.split("::");
  const words = (part: string) => (part ? part.split(":") : []);
  const [front, back] = [words(head), words(tail ?? "")];
  const gap = tail === undefined ? 0 : 8 - front.length - back.length;
  const all = [...front, ...Array<string>(gap).fill("0"), ...back];
  return Buffer.from(all.map((word) => word.padStart(4, "0")).join(""), "hex");
}
