import type { LogOptions } from "@wherry/runtime";
import type { EngineClient } from "./engine/client.ts";
import { FrameReader } from "./engine/frames.ts";

/** A container's log, out of the engine's multiplexing. Ends quietly when the signal aborts. */
export async function* readLogs(
  engine: EngineClient,
  container: { id: string; tty: boolean },
  options: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const query = {
    stdout: 1,
    stderr: 1,
    follow: options.follow ? 1 : 0,
    timestamps: options.timestamps ? 1 : 0,
    tail: options.tailLines ?? "all",
    ...(options.since !== undefined && { since: (options.since / 1000).toFixed(3) }),
  };
  try {
    const stream = await engine.stream({ method: "GET", path: `/containers/${container.id}/logs`, query, signal });
    const frames = new FrameReader();
    for await (const bytes of stream as AsyncIterable<Buffer>) {
      if (container.tty) yield bytes;
      else for (const frame of frames.read(bytes)) yield frame.data;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
