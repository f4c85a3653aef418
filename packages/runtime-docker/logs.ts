import type { LogOptions } from "@wherry/runtime";
import type { ContainerLogsOptions } from "dockerode";
import { bytesOf } from "./engine/body.ts";
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
    // dockerode gives a stream only when it is to follow, and would read all of the log at once; what the engine is asked is in the query.
    const ask: ContainerLogsOptions & { follow: true; _query: object } = { follow: true, _query: query, abortSignal: signal };
    const stream = await engine.call((docker) => docker.getContainer(container.id).logs(ask), { blocking: true, signal });
    const frames = new FrameReader();
    for await (const bytes of bytesOf(stream)) {
      if (container.tty) yield bytes;
      else for (const frame of frames.read(bytes)) yield frame.data;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
