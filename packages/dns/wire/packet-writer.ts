import { addressBytes } from "./address-bytes.ts";
import type { ResourceRecord, SoaData, SrvData } from "./message.ts";

const TYPES = { A: 1, CNAME: 5, SOA: 6, PTR: 12, TXT: 16, AAAA: 28, SRV: 33 } as const;
const CLASS_IN = 1;
/** Names behind this offset can't be pointed at. */
const POINTER_LIMIT = 0x4000;

/** Writes a packet of at most `limit` bytes, with compressed names. What does not fit is not written: `record` says so. */
export class PacketWriter {
  readonly #buffer: Buffer;
  #length = 0;
  readonly #names = new Map<string, number>();
  /** Names in the order they were remembered, to forget those of a record that did not fit. */
  readonly #journal: string[] = [];

  constructor(limit: number) {
    this.#buffer = Buffer.allocUnsafe(limit);
  }

  get length(): number {
    return this.#length;
  }

  bytes(bytes: Uint8Array): void {
    this.#need(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  uint16(value: number): void {
    this.#need(2);
    this.#length = this.#buffer.writeUInt16BE(value, this.#length);
  }

  uint32(value: number): void {
    this.#need(4);
    this.#length = this.#buffer.writeUInt32BE(value, this.#length);
  }

  /** Lets later names point at the one that stands at `offset`, as far as its labels are what the text says. */
  remember(name: string, offset: number): void {
    for (const [suffix, start] of suffixes(name)) {
      const dot = suffix.indexOf(".");
      if (this.#buffer[offset + start] !== (dot < 0 ? suffix.length : dot)) return;
      this.#file(suffix, offset + start);
    }
  }

  /** Writes one record, leaving `reserve` bytes free; false, and nothing written, when there is no room. */
  record(record: ResourceRecord, reserve: number): boolean {
    const [length, names] = [this.#length, this.#journal.length];
    try {
      this.#write(record);
      if (this.#length + reserve <= this.#buffer.length) return true;
    } catch (error) {
      if (!(error instanceof NoRoom)) throw error;
    }
    this.#length = length;
    for (const name of this.#journal.splice(names)) this.#names.delete(name);
    return false;
  }

  /** The packet so far, with the header's fields changed in place by the caller. */
  finish(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  #write(record: ResourceRecord): void {
    this.#name(record.name);
    this.uint16(TYPES[record.type]);
    this.uint16(CLASS_IN);
    this.uint32(record.ttl);
    const start = this.#length;
    this.uint16(0);
    this.#data(record);
    this.#buffer.writeUInt16BE(this.#length - start - 2, start);
  }

  #data(record: ResourceRecord): void {
    if (record.type === "A" || record.type === "AAAA") this.bytes(addressBytes(record.data));
    else if (record.type === "TXT") this.#text(record.data);
    else if (record.type === "SRV") this.#srv(record.data);
    else if (record.type === "SOA") this.#soa(record.data);
    else this.#name(record.data);
  }

  /** RFC 2782: the target is not compressed. */
  #srv({ priority, weight, port, target }: SrvData): void {
    for (const value of [priority, weight, port]) this.uint16(value);
    this.#name(target, false);
  }

  #soa({ mname, rname, serial, refresh, retry, expire, minimum }: SoaData): void {
    this.#name(mname);
    this.#name(rname);
    for (const value of [serial, refresh, retry, expire, minimum]) this.uint32(value);
  }

  #text(text: string): void {
    const bytes = Buffer.from(text).subarray(0, 255);
    this.bytes(Uint8Array.of(bytes.length));
    this.bytes(bytes);
  }

  #name(name: string, compress = true): void {
    for (const [suffix] of suffixes(name)) {
      const seen = compress ? this.#names.get(suffix) : undefined;
      if (seen !== undefined) {
        this.uint16(0xc000 | seen);
        return;
      }
      this.#file(suffix, this.#length);
      this.#label(suffix);
    }
    this.bytes(Uint8Array.of(0));
  }

  #file(suffix: string, offset: number): void {
    if (offset >= POINTER_LIMIT || this.#names.has(suffix)) return;
    this.#names.set(suffix, offset);
    this.#journal.push(suffix);
  }

  #label(suffix: string): void {
    const dot = suffix.indexOf(".");
    const label = Buffer.from(dot < 0 ? suffix : suffix.slice(0, dot));
    if (label.length === 0 || label.length > 63) throw new Error(`${JSON.stringify(suffix)} is no domain name: a label has 1 to 63 bytes`);
    this.bytes(Uint8Array.of(label.length));
    this.bytes(label);
  }

  #need(bytes: number): void {
    if (this.#length + bytes > this.#buffer.length) throw new NoRoom();
  }
}

class NoRoom extends Error {}

/** `a.b.c`, `b.c` and `c`, each with the offset at which it begins in the uncompressed form. */
function* suffixes(name: string): Generator<[string, number]> {
  const plain = name.endsWith(".") ? name.slice(0, -1) : name;
  for (let at = 0; at < plain.length; ) {
    yield [plain.slice(at), at];
    const dot = plain.indexOf(".", at);
    if (dot < 0) return;
    at = dot + 1;
  }
}
