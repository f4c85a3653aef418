import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";

/** A connection that asks for one thing after the other, at as little cost as possible: a load generator shares the machine with what it loads. */
export class LeanClient {
  readonly #socket: TLSSocket;
  #buffer: Buffer = Buffer.alloc(0);
  #resolve: ((response: { status: number; body: Buffer }) => void) | undefined;
  #reject: ((error: Error) => void) | undefined;

  static async open(options: ConnectionOptions): Promise<LeanClient> {
    const socket = connect({ ...options, ALPNProtocols: ["http/1.1"] });
    socket.setNoDelay(true);
    await new Promise<void>((resolve, reject) => {
      socket.once("secureConnect", resolve);
      socket.once("error", reject);
    });
    return new LeanClient(socket);
  }

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.on("data", (chunk) => this.#take(chunk));
    socket.on("error", (error) => this.#reject?.(error));
    socket.on("close", () => this.#reject?.(new Error("the server closed the connection")));
  }

  /** Sends the bytes of a whole request; gives the answer's status and body. Needs a Content-Length. */
  send(request: Buffer): Promise<{ status: number; body: Buffer }> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#socket.write(request);
    });
  }

  /** Sends a request whose answer does not end, and calls back with each piece of it. */
  stream(request: Buffer, onData: (chunk: Buffer) => void): void {
    this.#socket.removeAllListeners("data");
    this.#socket.on("data", onData);
    this.#socket.write(request);
  }

  /** Sends a request; gives all bytes of an answer of whatever length, chunked or not, as they came. The last one of this connection. */
  whole(request: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      const chunks: Buffer[] = [];
      let left: number | undefined;
      this.stream(request, (chunk) => {
        chunks.push(chunk);
        left = left === undefined ? bodyLength(chunk) : left - chunk.length;
        const over = left <= 0 || (left === Number.POSITIVE_INFINITY && chunk.subarray(-5).toString() === "0\r\n\r\n");
        if (over) resolve(Buffer.concat(chunks));
      });
    });
  }

  close(): void {
    this.#reject = undefined;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#buffer = this.#buffer.length ? Buffer.concat([this.#buffer, chunk]) : chunk;
    const end = this.#buffer.indexOf("\r\n\r\n");
    if (end < 0) return;
    const head = this.#buffer.toString("latin1", 0, end);
    const length = Number(/\ncontent-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN);
    const total = end + 4 + length;
    if (this.#buffer.length < total) return;
    const body = this.#buffer.subarray(end + 4, total);
    this.#buffer = this.#buffer.subarray(total);
    this.#resolve?.({ status: Number(head.slice(9, 12)), body });
  }
}

/** How many bytes of the body are still to come after the first chunk of an answer; Infinity when it does not say. */
function bodyLength(chunk: Buffer): number {
  const end = chunk.indexOf("\r\n\r\n");
  const length = /\ncontent-length: (\d+)/i.exec(chunk.toString("latin1", 0, end))?.[1];
  return length === undefined ? Number.POSITIVE_INFINITY : Number(length) - (chunk.length - end - 4);
}

export interface RequestParts {
  body?: string;
  contentType?: string;
  accept?: string;
}

/** The bytes of a request. */
export function requestBytes(method: "GET" | "POST" | "PUT" | "PATCH", path: string, parts: RequestParts = {}): Buffer {
  const { body, contentType = "application/json", accept = "application/json" } = parts;
  const head = [`${method} ${path} HTTP/1.1`, "Host: localhost", `Accept: ${accept}`];
  if (body !== undefined) head.push(`Content-Type: ${contentType}`, `Content-Length: ${Buffer.byteLength(body)}`);
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body ?? ""}`);
}
