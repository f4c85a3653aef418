import type { ServerResponse } from "node:http";
import type { Writable } from "node:stream";
import type { Sink } from "../exchange.ts";

/** A response as a sink. `signal` aborts when the connection is gone. */
export function responseSink(response: ServerResponse, signal: AbortSignal): Sink {
  return {
    signal,
    get pending() {
      return response.writableLength;
    },
    write(chunk) {
      if (!signal.aborted && !response.writableEnded) response.write(chunk);
    },
    drained: () => drained(response, signal),
    destroy: () => response.destroy(),
  };
}

/** Resolves when little waits in `to`, or the signal aborts. */
export function drained(to: Writable, signal: AbortSignal): Promise<void> {
  if (signal.aborted || !to.writableNeedDrain) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      to.off("drain", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    to.once("drain", done);
    signal.addEventListener("abort", done, { once: true });
  });
}
