import { type Duplex, PassThrough, type Readable } from "node:stream";
import { FrameReader } from "./engine/frames.ts";

/** What comes over a connection into a container, taken apart. */
export interface Outputs {
  stdout: Readable;
  /** Undefined with a tty: all comes on stdout. */
  stderr: Readable | undefined;
  /** Resolves once both have been handed over. */
  ended: Promise<void>;
}

/** Separates a session's outputs, at the pace of whoever reads them. */
export function splitOutputs(socket: Duplex, tty: boolean): Outputs {
  const stdout = new PassThrough();
  const stderr = tty ? undefined : new PassThrough();
  const frames = new FrameReader();
  const ended = (async () => {
    try {
      for await (const bytes of socket as AsyncIterable<Buffer>) {
        const parts = stderr ? frames.read(bytes) : [{ channel: "stdout", data: bytes } as const];
        for (const { channel, data } of parts) await write(channel === "stderr" ? stderr! : stdout, data);
      }
    } catch {
      // Closed from our side.
    } finally {
      stdout.end();
      stderr?.end();
    }
  })();
  return { stdout, stderr, ended };
}

function write(stream: PassThrough, data: Buffer): Promise<void> | undefined {
  if (stream.write(data) || stream.destroyed) return undefined;
  return new Promise((resolve) => {
    stream.once("drain", resolve);
    stream.once("close", resolve);
  });
}
