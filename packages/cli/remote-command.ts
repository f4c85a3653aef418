import { once } from "node:events";
import type { Writable } from "node:stream";
import type { Status } from "@wherry/base/status-error.ts";
import type { WebSocketLike } from "@wherry/client";
import { UsageError } from "./errors.ts";

/** The remote command protocol: the first byte of a message is its channel. Source: apimachinery pkg/util/remotecommand/constants.go. */
export const REMOTE_PROTOCOLS = ["v5.channel.k8s.io", "v4.channel.k8s.io"];
const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

/** Where a remote command's streams go. */
export interface RemoteStreams {
  /** Absent: nothing is sent. */
  stdin?: AsyncIterable<Uint8Array | string>;
  stdout: Writable;
  stderr: Writable;
  /** Standard input and output are this process' terminal: keys are passed on one by one, and the terminal's size with them. */
  tty?: boolean;
}

/** Connects the streams until the command ends, and gives its exit code. Throws a UsageError when it could not be run, or the connection was lost before. */
export async function remoteSession(socket: WebSocketLike, streams: RemoteStreams): Promise<number> {
  const messages = socket.messages();
  const stop = new AbortController();
  if (streams.tty) followTerminal(socket, stop.signal);
  let failed: unknown;
  if (streams.stdin) {
    sendInput(socket, streams.stdin, stop.signal).catch((error: unknown) => {
      failed = error;
      socket.close();
    });
  }
  try {
    for await (const message of messages) {
      const data = message as Buffer;
      const out = data[0] === CHANNEL.stdout ? streams.stdout : data[0] === CHANNEL.stderr ? streams.stderr : undefined;
      if (out && data.length > 1 && !out.write(data.subarray(1))) await once(out, "drain");
      if (data[0] === CHANNEL.error && data.length > 1) return exitCode(JSON.parse(data.subarray(1).toString("utf8")));
    }
    throw failed ?? new UsageError("the connection to the container was lost before the command ended");
  } finally {
    stop.abort();
    if (streams.tty) process.stdin.setRawMode(false);
    socket.close();
  }
}

function exitCode(status: Status): number {
  if (status.status === "Success") return 0;
  const cause = status.details?.causes?.find((c) => c.reason === "ExitCode")?.message;
  if (cause === undefined) throw new UsageError(status.message ?? "the command could not be run");
  return Number(cause);
}

/** Sends what comes on standard input; at its end tells the server, where the protocol can. */
async function sendInput(socket: WebSocketLike, stdin: AsyncIterable<Uint8Array | string>, signal: AbortSignal): Promise<void> {
  for await (const chunk of stdin) {
    if (signal.aborted) return;
    await socket.send(Buffer.concat([Buffer.of(CHANNEL.stdin), Buffer.from(chunk as Uint8Array)]));
  }
  if (!signal.aborted && socket.protocol.startsWith("v5")) await socket.send(Buffer.of(CHANNEL.close, CHANNEL.stdin));
}

/** Passes each key on as it is pressed, and the terminal's size whenever it changes. */
function followTerminal(socket: WebSocketLike, signal: AbortSignal): void {
  process.stdin.setRawMode(true);
  const resize = () => {
    const size = JSON.stringify({ Width: process.stdout.columns, Height: process.stdout.rows });
    socket.send(Buffer.concat([Buffer.of(CHANNEL.resize), Buffer.from(size)]));
  };
  resize();
  process.stdout.on("resize", resize);
  signal.addEventListener("abort", () => process.stdout.off("resize", resize), { once: true });
}
