import { once } from "node:events";
import type { Status } from "@wherry/base";
import type { WebSocketLike } from "@wherry/client";
import { type ConnectionOptions, connect } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { pathTo } from "../resource-catalogue.ts";
import type { Verb } from "../verb.ts";
import { defaultContainer, podOf } from "./logs.ts";

export interface ExecOptions extends ConnectionOptions {
  container?: string;
  stdin?: boolean;
  tty?: boolean;
}

/** The remote command protocol: the first byte of a message is its channel. Source: apimachinery pkg/util/remotecommand/constants.go. */
const PROTOCOLS = ["v5.channel.k8s.io", "v4.channel.k8s.io"];
const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

/** `wherry exec`. */
export const verb: Verb = {
  description: "run a command in a container",
  words: "POD -- COMMAND [ARG...]",
  client: true,
  flags: (command) =>
    command
      .option("-c, --container <name>", "which container")
      .option("-i, --stdin", "pass standard input on")
      .option("-t, --tty", "standard input is a terminal"),
  run: async (words, options: ExecOptions, { exit }) => exit(await exec(words, options)),
};

/** `wherry exec POD -- COMMAND`: runs it with this process's streams; gives its exit code. */
export async function exec(words: string[], options: ExecOptions): Promise<number> {
  const [pod, ...command] = words;
  if (!pod || !command.length) throw new UsageError("you must specify at least one command for the container: wherry exec POD -- COMMAND");
  const connection = await connect(options);
  try {
    const found = await podOf(connection, pod);
    const resource = await connection.resources.find("pods");
    const tty = Boolean(options.tty && process.stdin.isTTY);
    const query = new URLSearchParams({
      container: options.container ?? defaultContainer(found),
      stdin: String(Boolean(options.stdin)),
      stdout: "true",
      stderr: String(!tty),
      tty: String(tty),
    });
    for (const word of command) query.append("command", word);
    const path = `${pathTo(resource, found.metadata.name, found.metadata.namespace, "exec")}?${query}`;
    return await session(await connection.client.upgrade(path, PROTOCOLS), Boolean(options.stdin), tty);
  } finally {
    connection.close();
  }
}

async function session(socket: WebSocketLike, stdin: boolean, tty: boolean): Promise<number> {
  const messages = socket.messages();
  const stop = new AbortController();
  if (tty) followTerminal(socket, stop.signal);
  if (stdin) void sendInput(socket, stop.signal);
  try {
    for await (const message of messages) {
      const data = message as Buffer;
      const out = data[0] === CHANNEL.stdout ? process.stdout : data[0] === CHANNEL.stderr ? process.stderr : undefined;
      if (out && data.length > 1 && !out.write(data.subarray(1))) await once(out, "drain");
      if (data[0] === CHANNEL.error && data.length > 1) return exitCode(JSON.parse(data.subarray(1).toString("utf8")));
    }
    throw new UsageError("the connection to the container was lost before the command ended");
  } finally {
    stop.abort();
    if (tty) process.stdin.setRawMode(false);
    process.stdin.destroy();
    socket.close();
  }
}

function exitCode(status: Status): number {
  if (status.status === "Success") return 0;
  const cause = status.details?.causes?.find((c) => c.reason === "ExitCode")?.message;
  if (cause === undefined) throw new UsageError(status.message ?? "the command could not be run");
  process.stderr.write(`command terminated with exit code ${cause}\n`);
  return Number(cause);
}

/** Sends what comes on standard input; at its end tells the server, where the protocol can. */
async function sendInput(socket: WebSocketLike, signal: AbortSignal): Promise<void> {
  for await (const chunk of process.stdin) {
    if (signal.aborted) return;
    socket.send(Buffer.concat([Buffer.of(CHANNEL.stdin), chunk as Buffer]));
  }
  if (!signal.aborted && socket.protocol.startsWith("v5")) socket.send(Buffer.of(CHANNEL.close, CHANNEL.stdin));
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
