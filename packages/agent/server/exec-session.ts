import type { Logger } from "@wherry/base";
import { queryFlag } from "@wherry/machinery";
import type { ContainerStreams, ExecSession } from "@wherry/runtime";
import type { WebSocket } from "ws";
import { channel, exitStatus, failureStatus, frame, parseResize } from "./exec-channels.ts";

/** What is run, and which of its streams the client wants. */
export interface ExecRequest {
  command: readonly string[];
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  tty: boolean;
}

export function parseExecQuery(query: URLSearchParams): ExecRequest {
  const flag = (...names: string[]) => names.some((name) => queryFlag(query, name));
  const tty = flag("tty");
  return {
    command: query.getAll("command"),
    stdin: flag("input", "stdin"),
    stdout: flag("output", "stdout"),
    stderr: flag("error", "stderr") && !tty,
    tty,
  };
}

/** Runs a command in a container and joins its streams with the WebSocket's channels, until it has ended or the client has gone. Never rejects. */
export async function serveExec(
  socket: WebSocket,
  id: string,
  request: ExecRequest,
  streams: ContainerStreams,
  log: Logger,
): Promise<void> {
  socket.on("error", (error) => log.debug("an exec connection broke", { error }));
  // Clients send as soon as they are connected: nothing is read before there is somebody to take it.
  socket.pause();
  let session: ExecSession | undefined;
  try {
    const { command, stdin, tty } = request;
    session = await streams.exec(id, { command, stdin, tty });
    takeInput(socket, session);
    socket.resume();
    // Says that the streams are open: clients wait for something on the lowest channel.
    socket.send(frame(request.stdout ? channel.stdout : request.stderr ? channel.stderr : channel.error, ""));
    const { stdout, stderr, exit } = session;
    await Promise.all([
      pump(stdout, channel.stdout, request.stdout, socket),
      stderr && pump(stderr, channel.stderr, request.stderr, socket),
    ]);
    await send(socket, frame(channel.error, JSON.stringify(exitStatus(await exit))));
  } catch (error) {
    await send(socket, frame(channel.error, JSON.stringify(failureStatus(error as Error))));
  }
  session?.close();
  socket.close(1000);
}

function takeInput(socket: WebSocket, session: ExecSession): void {
  const { stdin } = session;
  stdin?.on("error", () => {});
  socket.on("close", () => session.close());
  socket.on("message", (data: Buffer) => {
    const body = data.subarray(1);
    switch (data[0]) {
      case channel.stdin:
        if (stdin && body.length && !stdin.write(body)) waitForDrain(socket, stdin);
        break;
      case channel.resize: {
        const size = parseResize(body);
        if (size) session.resize(size.columns, size.rows).catch(() => {});
        break;
      }
      case channel.close:
        if (body[0] === channel.stdin) stdin?.end();
        break;
    }
  });
}

/** The client is not read from while the process does not read. */
function waitForDrain(socket: WebSocket, stdin: NodeJS.WritableStream): void {
  if (socket.isPaused) return;
  socket.pause();
  const resume = () => {
    stdin.off("drain", resume);
    stdin.off("close", resume);
    socket.resume();
  };
  stdin.on("drain", resume);
  stdin.on("close", resume);
}

async function pump(from: NodeJS.ReadableStream, number: number, wanted: boolean, socket: WebSocket): Promise<void> {
  for await (const part of from) if (wanted) await send(socket, frame(number, part as Buffer));
}

/** Resolves when the message has left; what nobody can receive any more is dropped. */
function send(socket: WebSocket, message: Buffer): Promise<void> {
  return new Promise((resolve) => (socket.readyState === socket.OPEN ? socket.send(message, () => resolve()) : resolve()));
}
