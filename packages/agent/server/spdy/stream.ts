import { Duplex } from "node:stream";
import type { SpdyHeaders } from "./headers.ts";

/** What a stream needs of its connection. */
export interface StreamWriter {
  /** Writes a piece of a stream; calls back when the connection has taken it. */
  send(id: number, fin: boolean, data: Uint8Array, done: (error?: Error | null) => void): void;
  reset(id: number): void;
  /** Somebody reads the stream again. */
  wanted(): void;
  /** Both directions are over. */
  forget(id: number): void;
}

/** How much of a stream that nobody reads is taken: after it nothing of its connection is, since SPDY's clients here know no windows. */
const READ_AHEAD = 1024 * 1024;
const WRITE_AHEAD = 64 * 1024;

/** One stream of a SPDY connection. Each direction ends by itself; destroying it before that resets it. */
export class SpdyStream extends Duplex {
  readonly id: number;
  readonly headers: SpdyHeaders;
  readonly #writer: StreamWriter;
  #finished = false;

  constructor(id: number, headers: SpdyHeaders, writer: StreamWriter) {
    super({ allowHalfOpen: true, readableHighWaterMark: READ_AHEAD, writableHighWaterMark: WRITE_AHEAD });
    this.id = id;
    this.headers = headers;
    this.#writer = writer;
  }

  /** The other side will send no more. */
  finish(): void {
    this.#finished = true;
    this.push(null);
  }

  /** The connection is over: what has come whole can still be read. */
  lose(): void {
    if (this.#finished && !this.readableEnded) this.once("end", () => this.destroy());
    else this.destroy();
  }

  override _read(): void {
    this.#writer.wanted();
  }

  override _write(chunk: Buffer, _: string, done: (error?: Error | null) => void): void {
    this.#writer.send(this.id, false, chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#writer.send(this.id, true, new Uint8Array(), done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.writableFinished || !this.readableEnded) this.#writer.reset(this.id);
    this.#writer.forget(this.id);
    done(error);
  }
}
