import { SpdyError } from "./error.ts";

/** Source: SPDY Protocol, draft 3, 2.6. */
export const frameType = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;

export const flag = { fin: 1, unidirectional: 2 } as const;

/** Why a stream is reset. */
export const resetStatus = { protocolError: 1, invalidStream: 2, refusedStream: 3, cancel: 5 } as const;

const VERSION = 3;
const HEAD = 8;
/** The longest control frame that is read: they are held in memory whole. */
const MAX_CONTROL = 64 * 1024;

/** A control frame, or a piece of a data frame: its data come as they arrive, and only the last piece has the frame's `fin`. */
export type Frame =
  | { kind: "control"; type: number; flags: number; body: Buffer }
  | { kind: "data"; stream: number; fin: boolean; data: Buffer };

/** Takes a connection's bytes apart. Holds no more than a control frame in memory. */
export class FrameParser {
  #held: Buffer = Buffer.alloc(0);
  #data: { stream: number; fin: boolean; left: number } | undefined;

  /** What can be given of these bytes and the ones before. Throws SpdyError. */
  *parse(bytes: Buffer): Generator<Frame> {
    let rest = this.#held.length > 0 ? Buffer.concat([this.#held, bytes]) : bytes;
    this.#held = Buffer.alloc(0);
    while (rest.length > 0) {
      if (this.#data) {
        const data = rest.subarray(0, this.#data.left);
        rest = rest.subarray(data.length);
        yield this.#piece(this.#data, data);
        continue;
      }
      const length = rest.length < HEAD ? 0 : rest.readUIntBE(5, 3);
      const isControl = rest.length >= HEAD && ((rest[0] as number) & 0x80) !== 0;
      if (isControl) checkControl(rest, length);
      if (rest.length < HEAD || (isControl && rest.length < HEAD + length)) {
        this.#held = rest;
        return;
      }
      if (isControl) {
        yield { kind: "control", type: rest.readUInt16BE(2), flags: rest[4] as number, body: rest.subarray(HEAD, HEAD + length) };
        rest = rest.subarray(HEAD + length);
      } else {
        const data = { stream: rest.readUInt32BE(0), fin: ((rest[4] as number) & flag.fin) !== 0, left: length };
        rest = rest.subarray(HEAD);
        if (length === 0) yield this.#piece(data, rest.subarray(0, 0));
        else this.#data = data;
      }
    }
  }

  #piece(frame: { stream: number; fin: boolean; left: number }, data: Buffer): Frame {
    frame.left -= data.length;
    this.#data = frame.left > 0 ? frame : undefined;
    return { kind: "data", stream: frame.stream, fin: frame.fin && frame.left === 0, data };
  }
}

function checkControl(head: Buffer, length: number): void {
  const version = head.readUInt16BE(0) & 0x7fff;
  if (version !== VERSION) throw new SpdyError(`a frame of version ${version}: ${VERSION} is spoken`);
  if (length > MAX_CONTROL) throw new SpdyError(`a control frame of ${length} bytes: ${MAX_CONTROL} may be`);
}

export function controlFrame(type: number, flags: number, body: Buffer): Buffer {
  const head = Buffer.alloc(HEAD);
  head.writeUInt16BE(0x8000 | VERSION, 0);
  head.writeUInt16BE(type, 2);
  head[4] = flags;
  head.writeUIntBE(body.length, 5, 3);
  return Buffer.concat([head, body]);
}

/** The data are at most 2^24 - 1 bytes. */
export function dataFrame(stream: number, fin: boolean, data: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(HEAD + data.length);
  frame.writeUInt32BE(stream, 0);
  frame[4] = fin ? flag.fin : 0;
  frame.writeUIntBE(data.length, 5, 3);
  frame.set(data, HEAD);
  return frame;
}

/** Numbers of 32 bits, as bodies of control frames are made of. */
export function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => {
    bytes.writeUInt32BE(value, 4 * i);
  });
  return bytes;
}
