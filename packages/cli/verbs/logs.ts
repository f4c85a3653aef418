import { once } from "node:events";
import { Pod } from "@wherry/api";
import { StatusError } from "@wherry/base/status-error.ts";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { selectorFlag } from "../flags.ts";
import { defaultContainer, podOf, podSelector } from "../pod-of.ts";
import { pathTo } from "../resource-catalogue.ts";
import { typeAndName } from "../targets.ts";
import type { Verb } from "../verb.ts";
import { parseDuration } from "../wait-for.ts";

/** The flags of `logs`. */
export interface LogsOptions extends ConnectionOptions {
  container?: string;
  allContainers?: boolean;
  allPods?: boolean;
  follow?: boolean;
  previous?: boolean;
  tail?: string;
  since?: string;
  sinceTime?: string;
  timestamps?: boolean;
  limitBytes?: string;
  selector?: string;
  prefix?: boolean;
  ignoreErrors?: boolean;
  insecureSkipTlsVerifyBackend?: boolean;
  maxLogRequests?: string;
  podRunningTimeout?: string;
}

/** `wherry logs`. */
export const verb: Verb = {
  description: "print what containers wrote",
  words: "(POD | TYPE/NAME) [-c CONTAINER]",
  client: true,
  completes: "pods",
  flags: (command) =>
    selectorFlag(command)
      .option("-c, --container <name>", "which container")
      .option("--all-containers", "of all containers")
      .option("--all-pods", "of all pods of the workload")
      .option("-f, --follow", "go on with what comes")
      .option("-p, --previous", "of the container before the last restart")
      .option("--tail <n>", "only the last lines")
      .option("--since <duration>", "only what is newer")
      .option("--since-time <time>", "only what is newer than this time")
      .option("--timestamps", "with the time of each line")
      .option("--limit-bytes <n>", "at most so many bytes")
      .option("--prefix", "with the pod's name before each line")
      .option("--ignore-errors", "go on with other containers when one fails")
      .option("--insecure-skip-tls-verify-backend", "the server need not check the node's certificate")
      .option("--max-log-requests <n>", "with --follow and --selector: how many containers at most", "5")
      .option("--pod-running-timeout <duration>", "how long to wait for a pod of the workload", "20s"),
  run: (words, options: LogsOptions) => logs(words, options, process.stdout),
};

interface Source {
  pod: Pod;
  container: string;
}

/** `wherry logs POD|TYPE/NAME|-l SELECTOR`: copies log bytes to `out`, as fast as it takes them. */
export async function logs(words: string[], options: LogsOptions, out: NodeJS.WritableStream): Promise<void> {
  check(words, options);
  const connection = await connect(options);
  try {
    const pods = await podsOf(connection, words[0], options);
    const sources = pods.flatMap((pod) =>
      containersOf(pod, words[1] ?? options.container, options).map((container) => ({ pod, container })),
    );
    const most = Number(options.maxLogRequests ?? 5);
    if (options.follow && sources.length > most)
      throw new UsageError(
        `you are attempting to follow ${sources.length} log streams, but maximum allowed concurrency is ${most}, use --max-log-requests to increase the limit`,
      );
    if (options.follow) await Promise.all(sources.map((source) => copyOrSay(connection, source, options, out)));
    else for (const source of sources) await copyOrSay(connection, source, options, out);
  } finally {
    connection.close();
  }
}

const USAGE = "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command";

function check(words: readonly string[], options: LogsOptions): void {
  if (!words.length && options.selector === undefined) throw new UsageError(USAGE);
  if (words.length && options.selector !== undefined) throw new UsageError("only a selector (-l) or a POD name is allowed");
  if (words.length > 2) throw new UsageError(USAGE);
  if (words.length === 2 && options.container !== undefined) throw new UsageError("only one of -c or an inline [CONTAINER] arg is allowed");
  if (options.since && options.sinceTime) throw new UsageError("at most one of `sinceTime` or `sinceSeconds` may be specified");
  if (options.allContainers && options.container)
    throw new UsageError(`--all-containers=true should not be specified with container name ${options.container}`);
}

async function podsOf(connection: Connection, word: string | undefined, options: LogsOptions): Promise<Pod[]> {
  const { namespace, client } = connection;
  if (options.selector !== undefined) {
    const { items } = await client.list(Pod, { namespace, labelSelector: options.selector });
    if (!items.length) process.stderr.write(`No resources found in ${namespace} namespace.\n`);
    return items;
  }
  if (options.allPods && word?.includes("/")) {
    const labelSelector = await podSelector(connection, ...(await typeAndName(connection, word)));
    return (await client.list(Pod, { namespace, labelSelector })).items;
  }
  return [
    await podOf(connection, word as string, options.podRunningTimeout).catch((error: unknown) => {
      if (!(error instanceof StatusError) || error.code !== 404) throw error;
      throw new UsageError(`error from server (NotFound): ${error.message} in namespace ${JSON.stringify(namespace)}`);
    }),
  ];
}

function containersOf({ spec, metadata }: Pod, wanted: string | undefined, options: LogsOptions): string[] {
  const all = [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])].map((c) => c.name);
  if (options.allContainers) return all;
  if (wanted === undefined) return [defaultContainer({ spec, metadata } as Pod)];
  if (!all.includes(wanted)) throw new UsageError(`container ${wanted} is not valid for pod ${metadata.name} out of: ${all.join(", ")}`);
  return [wanted];
}

async function copyOrSay(connection: Connection, source: Source, options: LogsOptions, out: NodeJS.WritableStream): Promise<void> {
  try {
    await copyLog(connection, source, options, out);
  } catch (error) {
    if (!options.ignoreErrors) throw error;
    process.stderr.write(`error: ${(error as Error).message}\n`);
  }
}

/** Copies what a container has written, as fast as `out` takes it. Rejects with what the server answers when there is no log. */
export async function copyLog(
  connection: Connection,
  { pod, container }: Source,
  options: LogsOptions,
  out: NodeJS.WritableStream,
): Promise<void> {
  const resource = await connection.resources.find("pods");
  const path = `${pathTo(resource, pod.metadata.name, pod.metadata.namespace, "log")}?${query(container, options)}`;
  const response = await connection.client.raw({ method: "GET", path, headers: { accept: "*/*" } });
  const prefix = options.prefix ? `[pod/${pod.metadata.name}/${container}] ` : "";
  let atLineStart = true;
  for await (const chunk of response.body) {
    const text = prefix ? Buffer.from(chunk).toString("utf8") : undefined;
    const data = text === undefined ? chunk : (atLineStart ? prefix : "") + text.replaceAll(/\n(?!$)/g, `\n${prefix}`);
    if (text !== undefined) atLineStart = text.endsWith("\n");
    if (!out.write(data)) await once(out, "drain");
  }
}

function query(container: string, options: LogsOptions): URLSearchParams {
  const lines = options.tail ?? (options.selector !== undefined ? "10" : undefined);
  return new URLSearchParams({
    container,
    ...(options.follow && { follow: "true" }),
    ...(options.previous && { previous: "true" }),
    ...(options.timestamps && { timestamps: "true" }),
    ...(lines !== undefined && lines !== "-1" && { tailLines: lines }),
    ...(options.since && { sinceSeconds: String(Math.ceil(parseDuration(options.since, "--since") / 1000)) }),
    ...(options.sinceTime && { sinceTime: options.sinceTime }),
    ...(options.limitBytes && { limitBytes: options.limitBytes }),
    ...(options.insecureSkipTlsVerifyBackend && { insecureSkipTLSVerifyBackend: "true" }),
  });
}
