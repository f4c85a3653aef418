import type { Duplex } from "node:stream";
import type { ProcessStreams } from "@wherry/runtime";
import type { EngineClient } from "./engine/client.ts";
import { hasStatus } from "./engine/engine-error.ts";
import { splitOutputs } from "./outputs.ts";

/** The engine would keep to itself the keys that detach a terminal. These nobody types, and they begin with one that nothing waits for. */
const NO_DETACH_KEYS = Array.from({ length: 16 }, (_, i) => (i % 2 ? "ctrl-^" : "ctrl-_")).join(",");

/** Joins the streams of a container's process. */
export async function attach(
  engine: EngineClient,
  { id, tty }: { id: string; tty: boolean },
  { stdin = false }: { stdin?: boolean },
): Promise<ProcessStreams> {
  const options = { stream: true, hijack: true, stdin, stdout: true, stderr: true, detachKeys: NO_DETACH_KEYS };
  // The connection itself, whatever dockerode's types say.
  const socket = (await engine.call((docker) => docker.getContainer(id).attach(options), { blocking: true })) as Duplex;
  const { stdout, stderr } = splitOutputs(socket, tty);
  return {
    ...{ stdin: stdin ? socket : undefined, stdout, stderr },
    resize: async (columns, rows) => {
      try {
        await engine.call((docker) => docker.getContainer(id).resize({ w: columns, h: rows }));
      } catch (error) {
        // The process has ended, or has no terminal.
        if (!hasStatus(error, 404, 409, 500)) throw error;
      }
    },
    close: () => socket.destroy(),
  };
}
