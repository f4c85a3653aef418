/** One piece of a multiplexed stream. */
export interface Frame {
  channel: "stdout" | "stderr";
  data: Buffer;
}

const HEADER = 8;

/**
 * Takes apart what the engine multiplexes when there is no tty: a header of eight bytes (channel, three zeros, length in network order), then the data.
 * Feed it the bytes as they come; each call gives what can be given, without waiting for a frame to be whole.
 */
export class FrameReader {
  #header = Buffer.alloc(0);
  #left = 0;
  #channel: Frame["channel"] = "stdout";

  read(bytes: Buffer): Frame[] {
    const frames: Frame[] = [];
    for (let rest = bytes; rest.length > 0; ) {
      if (this.#left === 0) rest = this.#readHeader(rest);
      const data = rest.subarray(0, this.#left);
      if (data.length === 0) continue;
      frames.push({ channel: this.#channel, data });
      this.#left -= data.length;
      rest = rest.subarray(data.length);
    }
    return frames;
  }

  #readHeader(bytes: Buffer): Buffer {
    const missing = HEADER - this.#header.length;
    this.#header = Buffer.concat([this.#header, bytes.subarray(0, missing)]);
    if (this.#header.length === HEADER) {
      this.#channel = this.#header[0] === 2 ? "stderr" : "stdout";
      this.#left = this.#header.readUInt32BE(4);
      this.#header = Buffer.alloc(0);
    }
    return bytes.subarray(missing);
  }
}
