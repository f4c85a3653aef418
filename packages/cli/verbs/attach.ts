import { Pod } from "@wherry/api";
import type { ApiObject } from "@wherry/machinery";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { defaultContainer, podOf } from "../pod-of.ts";
import { REMOTE_PROTOCOLS, remoteSession } from "../remote-command.ts";
import { pathTo } from "../resource-catalogue.ts";
import { notServed } from "../subresource-missing.ts";
import type { Verb } from "../verb.ts";
import { parseDuration, waitFor } from "../wait-for.ts";

interface AttachOptions extends ConnectionOptions {
  container?: string;
  stdin?: boolean;
  tty?: boolean;
  quiet?: boolean;
  podRunningTimeout: string;
}

/** `wherry attach`. */
export const verb: Verb = {
  description: "connect to a process that runs in a container",
  words: "(POD | TYPE/NAME) -c CONTAINER",
  client: true,
  completes: "pods",
  flags: (command) =>
    command
      .option("-c, --container <name>", "which container")
      .option("-i, --stdin", "pass standard input on")
      .option("-t, --tty", "standard input is a terminal")
      .option("-q, --quiet", "print only what the process prints")
      .option("--pod-running-timeout <duration>", "how long to wait for the pod to run", "1m0s"),
  async run(words, options: AttachOptions, { exit }) {
    const [word, ...more] = words;
    if (!word) throw new UsageError("at least 1 argument is required for attach");
    if (more.length)
      throw new UsageError(`expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw ${words.length}: ${words.join(" ")}`);
    const connection = await connect(options);
    try {
      const found = await podOf(connection, word);
      const container = options.container ?? defaultContainer(found, options.quiet);
      if (!containersOf(found).includes(container)) throw new UsageError(`container ${container} not found in pod ${found.metadata.name}`);
      const pod = await untilStarted(connection, found.metadata, container, options.podRunningTimeout);
      if (options.stdin && options.tty && !options.quiet) process.stderr.write("If you don't see a command prompt, try pressing enter.\n");
      exit(await attachTo(connection, pod, container, { stdin: Boolean(options.stdin), tty: Boolean(options.tty) }));
    } finally {
      connection.close();
    }
  },
};

const containersOf = ({ spec }: Pod): string[] =>
  [...spec.containers, ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])].map((c) => c.name);

/** Connects this process' streams with a container's process until that ends. */
export async function attachTo(
  connection: Connection,
  pod: Pod,
  container: string,
  { stdin, tty }: { stdin: boolean; tty: boolean },
): Promise<number> {
  const terminal = tty && Boolean(process.stdin.isTTY);
  const query = new URLSearchParams({ container, stdin: String(stdin), stdout: "true", stderr: String(!terminal), tty: String(terminal) });
  const path = `${pathTo(await connection.resources.find("pods"), pod.metadata.name, pod.metadata.namespace, "attach")}?${query}`;
  const socket = await connection.client.upgrade(path, REMOTE_PROTOCOLS).catch((error: unknown) => {
    throw notServed(error, "attach", "follow its output with `wherry logs -f`, or run a command in it with `wherry exec`");
  });
  try {
    return await remoteSession(socket, {
      ...(stdin && { stdin: process.stdin }),
      stdout: process.stdout,
      stderr: process.stderr,
      tty: terminal,
    });
  } finally {
    process.stdin.destroy();
  }
}

/**
 * As `attachTo` for a container that was just made, which may have ended before: what it wrote comes from its log then, as it does with a warning when attaching
 * fails, and the exit code is 0. Source: kubectl pkg/cmd/run/run.go, handleAttachPod.
 */
export async function attachOrLogs(
  connection: Connection,
  pod: Pod,
  container: string,
  streams: { stdin: boolean; tty: boolean },
): Promise<number> {
  const { copyLog } = await import("./logs.ts");
  const ended = /^(Succeeded|Failed)$/.test(pod.status?.phase ?? "");
  if (!ended) {
    try {
      return await attachTo(connection, pod, container, streams);
    } catch (error) {
      const why = (error as Error).message;
      process.stderr.write(`warning: couldn't attach to pod/${pod.metadata.name}, falling back to streaming logs: ${why}\n`);
    }
  }
  await copyLog(connection, { pod, container }, {}, process.stdout);
  return 0;
}

/** Waits until the container has started, or has ended already, for at most what `--pod-running-timeout` says. Throws a UsageError when its pod goes away, ends without it, or time is over. */
export async function untilStarted(
  { client }: Connection,
  { name, namespace }: { name: string; namespace?: string | undefined },
  container: string,
  timeout?: string,
): Promise<Pod> {
  const timeoutMs = timeout === undefined ? undefined : parseDuration(timeout, "--pod-running-timeout");
  const started = (object: ApiObject | undefined) => {
    if (!object) throw new UsageError(`pods "${name}" not found`);
    const { status = {} } = object as Pod;
    const all = [
      ...(status.containerStatuses ?? []),
      ...(status.initContainerStatuses ?? []),
      ...(status.ephemeralContainerStatuses ?? []),
    ];
    const state = all.find((s) => s.name === container)?.state;
    return Boolean(state?.running ?? state?.terminated) || /^(Succeeded|Failed)$/.test(status.phase ?? "");
  };
  return (await waitFor(client, Pod as never, { name, namespace }, started, timeoutMs)) as Pod;
}
