import type { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";

/** Connects to a port of a pod. Rejects in words for whoever asked. */
export type Dial = (port: number) => Promise<Socket>;

/** One connection of a client's. The outputs take as much as the client does. */
export interface ForwardedConnection {
  port: number;
  /** Ends when the client will send no more. */
  input: Readable;
  output: Writable;
  /** Aborts when the client is gone. */
  gone: AbortSignal;
}

/** Joins a connection with the pod's port until both directions are over: each reads as fast as the other takes, and ends by itself. Rejects when the port cannot be reached. */
export async function forward(dial: Dial, { port, input, output, gone }: ForwardedConnection): Promise<void> {
  const socket = await dial(port);
  // Without this, the end of what the pod sends would end what it gets.
  socket.allowHalfOpen = true;
  if (gone.aborted) socket.destroy();
  const onGone = () => socket.destroy();
  gone.addEventListener("abort", onGone, { once: true });
  socket.on("error", () => {});
  for (const stream of [input, output]) stream.once("error", () => socket.destroy()).once("close", () => endOf(socket, input, output));
  input.pipe(socket);
  socket.pipe(output);
  await new Promise<void>((resolve) => socket.once("close", () => resolve()));
  gone.removeEventListener("abort", onGone);
  // A connection that broke must not look like one that ended.
  if (!socket.readableEnded) output.destroy();
  // Nobody takes any more of it.
  else if (!input.readableEnded) input.resume();
}

/** A stream that was cut off takes the connection with it; one that ended does not. */
function endOf(socket: Socket, input: Readable, output: Writable): void {
  if (!input.readableEnded || !output.writableFinished) socket.destroy();
}
