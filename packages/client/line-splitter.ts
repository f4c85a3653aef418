const NEWLINE = 10;

/** The longest line a watch may send: above any object a server accepts, far below what would hurt this process. */
export const MAX_LINE_BYTES = 64 * 1024 * 1024;

/**
 * Cuts a byte stream into lines. Each chunk is searched and decoded once, however many lines it holds; a line that spans many chunks is
 * joined once, when it ends. Throws when a line grows above `maxBytes`.
 */
export class LineSplitter {
  readonly #maxBytes: number;
  #held: Uint8Array[] = [];
  #heldBytes = 0;

  constructor(maxBytes = MAX_LINE_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** The lines that `chunk` completes, without their ends; empty lines are left out. */
  push(chunk: Uint8Array): string[] {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const last = bytes.lastIndexOf(NEWLINE);
    if (last < 0) {
      this.#hold(bytes);
      return [];
    }
    this.#hold(bytes.subarray(0, last));
    const text = this.#take();
    if (last + 1 < bytes.length) this.#hold(bytes.subarray(last + 1));
    return text.split("\n").filter((line) => line !== "");
  }

  /** What follows the last newline, at the end of the stream; undefined when nothing does. */
  end(): string | undefined {
    return this.#take() || undefined;
  }

  #hold(bytes: Buffer): void {
    // Only what came before this chunk's first newline can make a line too long: whole chunks are far below the limit.
    const first = bytes.indexOf(NEWLINE);
    if (this.#heldBytes + (first < 0 ? bytes.length : first) > this.#maxBytes) {
      throw new Error(`a line of the stream is longer than ${this.#maxBytes} bytes: this is no watch stream, or its server is broken`);
    }
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
  }

  #take(): string {
    const text = this.#held.length === 1 ? (this.#held[0] as Buffer).toString("utf8") : Buffer.concat(this.#held).toString("utf8");
    this.#held = [];
    this.#heldBytes = 0;
    return text;
  }
}

/** Lines of a body in batches: those that one chunk completed. A last line without an end is given too. */
export async function* lineBatches(body: AsyncIterable<Uint8Array>): AsyncGenerator<readonly string[]> {
  const splitter = new LineSplitter();
  for await (const chunk of body) {
    const lines = splitter.push(chunk);
    if (lines.length > 0) yield lines;
  }
  const rest = splitter.end();
  if (rest !== undefined) yield [rest];
}
