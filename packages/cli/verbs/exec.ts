import type { Pod } from "@wherry/api";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { commaList } from "../flags.ts";
import { defaultContainer, podOf } from "../pod-of.ts";
import { REMOTE_PROTOCOLS, type RemoteStreams, remoteSession } from "../remote-command.ts";
import { pathTo } from "../resource-catalogue.ts";
import type { Verb } from "../verb.ts";

export interface ExecOptions extends ConnectionOptions {
  container?: string;
  stdin?: boolean;
  tty?: boolean;
  quiet?: boolean;
  filename?: string[];
  podRunningTimeout?: string;
}

/** `wherry exec`. */
export const verb: Verb = {
  description: "run a command in a container",
  words: "(POD | TYPE/NAME) [-c CONTAINER] -- COMMAND [ARG...]",
  client: true,
  completes: "pods",
  flags: (command) =>
    command
      .option("-c, --container <name>", "which container")
      .option("-i, --stdin", "pass standard input on")
      .option("-t, --tty", "standard input is a terminal")
      .option("-q, --quiet", "print only what the command prints")
      .option("-f, --filename <path>", "the file with the pod", commaList)
      .option("--pod-running-timeout <duration>", "how long to wait for a pod to run"),
  run: async (words, options: ExecOptions, { exit, beforeDash }) => exit(await exec(words, options, beforeDash)),
};

/** `wherry exec POD -- COMMAND`: runs it with this process's streams; gives its exit code. */
export async function exec(words: string[], options: ExecOptions, beforeDash?: number): Promise<number> {
  const fromFile = Boolean(options.filename?.length);
  const [pod, command] = fromFile ? [undefined, words] : [words[0], words.slice(1)];
  if (beforeDash !== undefined && beforeDash > (fromFile ? 0 : 1))
    throw new UsageError("exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead");
  if ((!pod && !fromFile) || !command.length) throw new UsageError("you must specify at least one command for the container");
  const connection = await connect(options);
  try {
    const found = await podOf(connection, pod ?? (await nameInFile(options.filename as string[])), options.podRunningTimeout);
    const tty = Boolean(options.tty && process.stdin.isTTY);
    if (options.tty && !tty && !options.quiet)
      process.stderr.write("Unable to use a TTY - input is not a terminal or the right kind of file\n");
    const container = options.container ?? defaultContainer(found, options.quiet);
    const code = await execIn(connection, found, container, command, {
      ...(options.stdin && { stdin: process.stdin }),
      ...{ stdout: process.stdout, stderr: process.stderr, tty },
    });
    if (code !== 0) process.stderr.write(`command terminated with exit code ${code}\n`);
    return code;
  } finally {
    process.stdin.destroy();
    connection.close();
  }
}

async function nameInFile(files: readonly string[]): Promise<string> {
  const { readManifests } = await import("../manifests.ts");
  const [manifest] = await readManifests({ filename: [...files] });
  return `${manifest?.object.kind.toLowerCase()}/${manifest?.object.metadata.name}`;
}

/** Runs a command in a pod's container with these streams, and gives its exit code. */
export async function execIn(
  connection: Connection,
  pod: Pod,
  container: string,
  command: readonly string[],
  streams: RemoteStreams,
): Promise<number> {
  const resource = await connection.resources.find("pods");
  const tty = Boolean(streams.tty);
  const query = new URLSearchParams({
    container,
    stdin: String(streams.stdin !== undefined),
    stdout: "true",
    stderr: String(!tty),
    tty: String(tty),
  });
  for (const word of command) query.append("command", word);
  const path = `${pathTo(resource, pod.metadata.name, pod.metadata.namespace, "exec")}?${query}`;
  return remoteSession(await connection.client.upgrade(path, REMOTE_PROTOCOLS), streams);
}
