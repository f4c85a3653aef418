import type { Duplex } from "node:stream";
import { SpdyError } from "./error.ts";
import { controlFrame, dataFrame, type Frame, FrameParser, flag, frameType, resetStatus, words } from "./frames.ts";
import { HeaderReader, HeaderWriter, type SpdyHeaders } from "./headers.ts";
import { SpdyStream, type StreamWriter } from "./stream.ts";

export interface SpdyOptions {
  role: "client" | "server";
  /** A stream that the other side opened; it has been accepted. Unless there is somebody for it, it is reset. */
  onStream?: (stream: SpdyStream) => void;
  /** How many streams the other side may have open. */
  maxStreams?: number;
}

/** kubectl has two for each connection that it forwards. */
const MAX_STREAMS = 4096;
const LAST_ID = 0x7fffffff;

/**
 * SPDY/3.1 over a connection, as moby/spdystream speaks it, which is what Kubernetes' clients are made with: there are no windows, neither side waits for WINDOW_UPDATE, and
 * whoever cannot go on stops reading the connection. Source: SPDY Protocol, draft 3; moby/spdystream connection.go.
 */
export class SpdyConnection {
  readonly #socket: Duplex;
  readonly #options: SpdyOptions;
  readonly #headers = new HeaderReader();
  readonly #headerWriter = new HeaderWriter();
  readonly #streams = new Map<number, SpdyStream>();
  readonly #gone = new AbortController();
  readonly #writer: StreamWriter;
  /** Resolves when somebody reads the stream that is full. */
  #wanted = Promise.withResolvers<void>();
  #nextId: number;
  #lastId = 0;
  #leaving = false;

  constructor(socket: Duplex, options: SpdyOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#nextId = options.role === "client" ? 1 : 2;
    this.#writer = {
      send: (id, fin, data, done) => this.#socket.write(dataFrame(id, fin, data), done),
      reset: (id) => this.#send(frameType.rstStream, 0, words(id, resetStatus.cancel)),
      wanted: () => this.#wanted.resolve(),
      forget: (id) => this.#forget(id),
    };
    socket.on("error", () => socket.destroy());
    socket.once("close", () => this.#end());
    void this.#serve();
  }

  /** Aborts when the connection is over. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Opens a stream, without waiting for the other side to accept it. */
  open(headers: SpdyHeaders): SpdyStream {
    const id = this.#nextId;
    if (id > LAST_ID) throw new SpdyError("a connection has only so many streams: open another one");
    this.#nextId += 2;
    this.#send(frameType.synStream, 0, Buffer.concat([words(id, 0), Buffer.alloc(2), this.#headerWriter.write(headers)]));
    return this.#add(id, headers);
  }

  /** Says that this is all, and ends the connection after what is written already. Idempotent. */
  close(): void {
    if (this.#leaving) return;
    this.#leaving = true;
    this.#send(frameType.goAway, 0, words(this.#lastId, 0));
    this.#socket.end();
  }

  async #serve(): Promise<void> {
    const parser = new FrameParser();
    try {
      for await (const bytes of this.#socket as AsyncIterable<Buffer>) for (const frame of parser.parse(bytes)) await this.#take(frame);
      // Nobody here ends only its own half of a connection.
      this.#socket.end();
    } catch (error) {
      if (error instanceof SpdyError) this.#send(frameType.goAway, 0, words(this.#lastId, 1));
      this.#socket.destroy();
    } finally {
      this.#end();
    }
  }

  async #take(frame: Frame): Promise<void> {
    if (frame.kind === "data") return this.#takeData(frame.stream, frame.fin, frame.data);
    const { type, flags, body } = frame;
    switch (type) {
      case frameType.synStream:
        return this.#takeStream(flags, body);
      case frameType.synReply:
        await this.#headers.read(tail(body, 4));
        if (flags & flag.fin) this.#streams.get(idOf(body))?.finish();
        return;
      case frameType.headers:
        await this.#headers.read(tail(body, 4));
        if (flags & flag.fin) this.#streams.get(idOf(body))?.finish();
        return;
      case frameType.rstStream:
        this.#streams.get(idOf(body))?.destroy();
        return;
      case frameType.ping:
        // Odd ones are the client's: the others are answers to our own.
        if ((idOf(body) % 2 === 1) === (this.#options.role === "server")) this.#send(frameType.ping, 0, body.subarray(0, 4));
        return;
      case frameType.goAway:
        this.#leaving = true;
        this.#endWhenIdle();
    }
  }

  async #takeStream(flags: number, body: Buffer): Promise<void> {
    const headers = await this.#headers.read(tail(body, 10));
    const id = idOf(body);
    const { role, onStream, maxStreams = MAX_STREAMS } = this.#options;
    const theirs = id > 0 && (id % 2 === 1) === (role === "server");
    if (!theirs || id <= this.#lastId) return this.#send(frameType.rstStream, 0, words(id, resetStatus.protocolError));
    this.#lastId = id;
    if (!onStream || this.#leaving || this.#streams.size >= maxStreams)
      return this.#send(frameType.rstStream, 0, words(id, resetStatus.refusedStream));
    const stream = this.#add(id, headers);
    this.#send(frameType.synReply, 0, Buffer.concat([words(id), this.#headerWriter.write({})]));
    if (flags & flag.fin) stream.finish();
    onStream(stream);
  }

  async #takeData(id: number, fin: boolean, data: Buffer): Promise<void> {
    const stream = this.#streams.get(id);
    // It was reset a moment ago.
    if (!stream) return;
    const full = data.length > 0 && !stream.push(data);
    if (fin) stream.finish();
    else if (full) await this.#untilRead(stream);
  }

  /** The connection is not read from while a stream is full. */
  async #untilRead(stream: SpdyStream): Promise<void> {
    while (!stream.destroyed && !this.gone.aborted && stream.readableLength >= stream.readableHighWaterMark) {
      this.#wanted = Promise.withResolvers();
      await this.#wanted.promise;
    }
  }

  #add(id: number, headers: SpdyHeaders): SpdyStream {
    const stream = new SpdyStream(id, headers, this.#writer);
    stream.on("error", () => {});
    this.#streams.set(id, stream);
    return stream;
  }

  #forget(id: number): void {
    this.#streams.delete(id);
    this.#wanted.resolve();
    this.#endWhenIdle();
  }

  #endWhenIdle(): void {
    if (this.#leaving && this.#streams.size === 0) this.#socket.end();
  }

  #end(): void {
    if (this.gone.aborted) return;
    this.#gone.abort(new Error("the connection is over"));
    this.#wanted.resolve();
    this.#headers.close();
    for (const stream of [...this.#streams.values()]) stream.lose();
  }

  #send(type: number, flags: number, body: Buffer): void {
    if (this.#socket.writable) this.#socket.write(controlFrame(type, flags, body));
  }
}

/** The stream, or the ping, that a control frame is about. Throws SpdyError. */
function idOf(body: Buffer): number {
  if (body.length < 4) throw new SpdyError("a control frame is too short");
  return body.readUInt32BE(0) & LAST_ID;
}

function tail(body: Buffer, from: number): Buffer {
  if (body.length < from) throw new SpdyError("a control frame is too short");
  return body.subarray(from);
}
