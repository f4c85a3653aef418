/** Messages over TCP: two bytes of length, then the message. Source: RFC 1035, 4.2.2. */

/** The message as it goes over TCP. */
export function frame(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(message.length + 2);
  framed.writeUInt16BE(message.length);
  framed.set(message, 2);
  return framed;
}

/** Cuts a stream into messages, however it is chopped. Holds at most one message that is not complete. */
export class FrameReader {
  readonly #onMessage: (message: Buffer) => void;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #wanted = 2;

  constructor(onMessage: (message: Buffer) => void) {
    this.#onMessage = onMessage;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes < this.#wanted) return;
    const all = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
    let at = 0;
    while (all.length - at >= 2 && all.length - at >= 2 + all.readUInt16BE(at)) {
      const end = at + 2 + all.readUInt16BE(at);
      this.#onMessage(all.subarray(at + 2, end));
      at = end;
    }
    const rest = all.subarray(at);
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#bytes = rest.length;
    this.#wanted = rest.length >= 2 ? 2 + rest.readUInt16BE(0) : 2;
  }
}
