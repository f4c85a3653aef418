import { once } from "node:events";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import type { FuzzRequest } from "./requests.ts";

/** What came back for a request. */
export interface Outcome {
  /** 0 when the server hung up without a word, or nobody waited for one. */
  status: number;
  head: string;
  body: Buffer;
}

/** No answer for this long is a hang. */
const HANG_MS = 60_000;

/** Sends requests one after the other, over one connection for as long as that lasts. */
export class FuzzConnection {
  readonly #to: ConnectionOptions;
  #socket: TLSSocket | undefined;

  constructor(to: ConnectionOptions) {
    this.#to = to;
  }

  /** Rejects when the server does not answer, or says what is no HTTP. */
  async send(request: FuzzRequest): Promise<Outcome> {
    const socket = this.#socket ?? (await this.#connect());
    this.#socket = undefined;
    for (const [i, piece] of request.pieces.entries()) {
      if (i > 0) await new Promise((resolve) => setImmediate(resolve));
      socket.write(piece);
    }
    if (request.after === "leave") return this.#leave(socket);
    if (request.after === "endAndRead") socket.end();
    const { outcome, again } = await read(socket, request);
    if (again && request.clean && !request.streams) this.#socket = socket;
    else socket.destroy();
    return outcome;
  }

  close(): void {
    this.#socket?.destroy();
  }

  async #connect(): Promise<TLSSocket> {
    const socket = connect({ ...this.#to, ALPNProtocols: ["http/1.1"] });
    socket.setNoDelay(true);
    socket.on("error", () => {});
    await once(socket, "secureConnect");
    return socket;
  }

  #leave(socket: TLSSocket): Outcome {
    setImmediate(() => socket.destroy());
    return { status: 0, head: "", body: Buffer.alloc(0) };
  }
}

/** Reads one answer; of a stream, its head. `again`: the connection stands at the beginning of the next. */
function read(socket: TLSSocket, { streams, pieces }: FuzzRequest): Promise<{ outcome: Outcome; again: boolean }> {
  const headOnly = Buffer.concat(pieces).subarray(0, 5).toString() === "HEAD ";
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0);
    const settle = (finish: () => void) => {
      clearTimeout(watchdog);
      socket.removeAllListeners("data");
      socket.off("close", onClose);
      finish();
    };
    const answer = (outcome: Outcome | undefined, again: boolean) => {
      if (outcome) settle(() => resolve({ outcome, again }));
      else if (!again) settle(() => resolve({ outcome: { status: 0, head: "", body: received }, again }));
    };
    const onClose = () => answer(parse(received, true, headOnly), false);
    const watchdog = setTimeout(() => settle(() => reject(new Error("no answer"))), HANG_MS);
    socket.once("close", onClose);
    socket.on("data", (chunk: Buffer) => {
      received = received.length > 0 ? Buffer.concat([received, chunk]) : chunk;
      answer(parse(received, streams, headOnly), true);
    });
  });
}

/** The answer when it is whole; with `soon` its head is enough. */
function parse(received: Buffer, soon: boolean, headOnly: boolean): Outcome | undefined {
  const end = received.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const head = received.toString("latin1", 0, end);
  const status = Number(head.slice(9, 12));
  if (status === 100) return parse(received.subarray(end + 4), soon, headOnly);
  const rest = received.subarray(end + 4);
  if (soon || headOnly || status === 304 || status === 101) return { status, head, body: rest };
  const length = /\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) return rest.length >= Number(length) ? { status, head, body: rest.subarray(0, Number(length)) } : undefined;
  return /\ntransfer-encoding: *chunked/i.test(head) && rest.subarray(-5).toString() === "0\r\n\r\n"
    ? { status, head, body: rest }
    : undefined;
}
