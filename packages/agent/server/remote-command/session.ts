import type { Writable } from "node:stream";
import type { ProcessStreams } from "@wherry/runtime";
import type { ClientStreams } from "./client-streams.ts";
import { failed, type Outcome } from "./outcome.ts";

/** A process to be joined with a client. */
export interface Session {
  streams: ProcessStreams;
  /** How it ended, once its outputs have. */
  outcome: Promise<Outcome>;
}

/** Joins a client with a process until that has ended or the client has gone: each reads as fast as the other takes. Never rejects. */
export async function joinClient(client: ClientStreams, open: () => Promise<Session>): Promise<void> {
  let process: ProcessStreams | undefined;
  try {
    const { streams, outcome } = await open();
    process = streams;
    outcome.catch(() => {});
    takeInput(client, streams);
    await Promise.all([pump(streams.stdout, client.stdout), streams.stderr && pump(streams.stderr, client.stderr)]);
    await client.finish(await outcome);
  } catch (error) {
    await client.finish(failed(error as Error));
  } finally {
    process?.close();
  }
}

function takeInput(client: ClientStreams, process: ProcessStreams): void {
  client.onResize(lastOf((columns, rows) => process.resize(columns, rows)));
  const { stdin } = process;
  // A process may end, and a client go, with input on its way.
  stdin?.on("error", () => client.stdin?.resume());
  client.stdin?.on("error", () => {});
  if (stdin) client.stdin?.pipe(stdin);
  else client.stdin?.resume();
  if (client.gone.aborted) process.close();
  client.gone.addEventListener("abort", () => process.close(), { once: true });
}

/** Resolves when all has been handed over. What nobody wants, or can receive any more, is dropped: the process goes on. */
async function pump(from: NodeJS.ReadableStream, to: Writable | undefined): Promise<void> {
  to?.on("error", () => {});
  for await (const part of from) {
    if (to && !to.destroyed && !to.write(part)) await drained(to);
  }
  if (to && !to.destroyed) await ended(to);
}

/** Resolves when all has left, or nobody can receive it any more. */
function ended(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    stream.once("close", resolve);
    stream.end(() => resolve());
  });
}

function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off("drain", done);
      stream.off("close", done);
      resolve();
    };
    stream.on("drain", done);
    stream.on("close", done);
  });
}

/** One call at a time, and the last one wins: clients send sizes in a row, of which only the last is true. */
function lastOf(resize: (columns: number, rows: number) => Promise<void>): (columns: number, rows: number) => void {
  let next: [number, number] | undefined;
  let busy = false;
  const work = async () => {
    busy = true;
    for (let size = next; size; size = next) {
      next = undefined;
      await resize(...size).catch(() => {});
    }
    busy = false;
  };
  return (...size) => {
    next = size;
    if (!busy) void work();
  };
}
