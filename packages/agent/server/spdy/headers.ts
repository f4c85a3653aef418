import { createInflate, type Inflate } from "node:zlib";
import { DICTIONARY } from "./dictionary.ts";
import { SpdyError } from "./error.ts";

/** Header names are lower case; a name with several values has them joined by commas. */
export type SpdyHeaders = Readonly<Record<string, string>>;

/** More than anybody's headers need, and little enough to hold in memory for each connection. */
const MAX_BYTES = 256 * 1024;

/** Reads the header blocks of one connection, which are one compressed stream: all of them must be read, and in order. */
export class HeaderReader {
  readonly #inflate: Inflate;

  constructor() {
    const limits = { readableHighWaterMark: 2 * MAX_BYTES };
    this.#inflate = createInflate({ dictionary: DICTIONARY, ...limits });
    this.#inflate.on("error", () => {});
  }

  /** Rejects with SpdyError on a block that is broken or too big. */
  async read(block: Buffer): Promise<SpdyHeaders> {
    const plain = await this.#inflated(block);
    if (plain.length > MAX_BYTES) throw new SpdyError("the headers of a stream are too big");
    return parseBlock(plain);
  }

  close(): void {
    this.#inflate.close();
  }

  #inflated(block: Buffer): Promise<Buffer> {
    const inflate = this.#inflate;
    return new Promise((resolve, reject) => {
      const fail = () => settle(() => reject(new SpdyError("the headers of a stream cannot be decompressed")));
      // It stops where its buffer is full: then there is too much, and no answer comes.
      const onReadable = () => inflate.readableLength > MAX_BYTES && fail();
      const settle = (finish: () => void) => {
        inflate.off("error", fail).off("close", fail).off("readable", onReadable);
        finish();
      };
      inflate.on("error", fail).on("close", fail).on("readable", onReadable);
      inflate.write(block, (error) => {
        if (!error) settle(() => resolve((inflate.read() as Buffer | null) ?? Buffer.alloc(0)));
      });
    });
  }
}

function parseBlock(block: Buffer): SpdyHeaders {
  const headers: Record<string, string> = {};
  let at = 0;
  const number = () => {
    if (at + 4 > block.length) throw new SpdyError("a header block ends too early");
    at += 4;
    return block.readUInt32BE(at - 4);
  };
  const text = () => {
    const length = number();
    if (at + length > block.length) throw new SpdyError("a header block ends too early");
    at += length;
    return block.toString("utf8", at - length, at);
  };
  for (let left = number(); left > 0; left--) {
    const name = text();
    const value = text().split("\0").join(",");
    headers[name.toLowerCase()] = value;
  }
  return headers;
}

/** Writes the header blocks of one connection: stored, which compressors may do, so that each is there at once and no state can go wrong. */
export class HeaderWriter {
  #begun = false;

  write(headers: SpdyHeaders): Buffer {
    const plain = blockOf(headers);
    // The stored block, then an empty one: where a flushed stream stops, so that the other side has no reason to wait for more.
    const parts = [stored(plain), stored(Buffer.alloc(0))];
    if (!this.#begun) parts.unshift(Buffer.of(0x78, 0x01));
    this.#begun = true;
    return Buffer.concat(parts);
  }
}

function blockOf(headers: SpdyHeaders): Buffer {
  const entries = Object.entries(headers);
  const texts = entries.flat().flatMap((text) => [uint32(Buffer.byteLength(text)), Buffer.from(text)]);
  const block = Buffer.concat([uint32(entries.length), ...texts]);
  if (block.length > 0xffff) throw new RangeError(`headers of ${block.length} bytes: 65535 fit`);
  return block;
}

function stored(data: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt16LE(data.length, 1);
  head.writeUInt16LE(~data.length & 0xffff, 3);
  return Buffer.concat([head, data]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
