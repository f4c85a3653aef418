import { once } from "node:events";
import { Pod } from "@wherry/api";
import type { ApiObject } from "@wherry/machinery";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { selectorFlag } from "../flags.ts";
import { definitionOf, pathTo } from "../resource-catalogue.ts";
import { typeAndName } from "../targets.ts";
import type { Verb } from "../verb.ts";
import { parseDuration } from "../wait-for.ts";

export interface LogsOptions extends ConnectionOptions {
  container?: string;
  allContainers?: boolean;
  follow?: boolean;
  previous?: boolean;
  tail?: string;
  since?: string;
  sinceTime?: string;
  timestamps?: boolean;
  limitBytes?: string;
  selector?: string;
  prefix?: boolean;
}

/** `wherry logs`. */
export const verb: Verb = {
  description: "print what containers wrote",
  words: "POD|TYPE/NAME",
  client: true,
  flags: (command) =>
    selectorFlag(command)
      .option("-c, --container <name>", "which container")
      .option("--all-containers", "of all containers")
      .option("-f, --follow", "go on with what comes")
      .option("-p, --previous", "of the container before the last restart")
      .option("--tail <n>", "only the last lines")
      .option("--since <duration>", "only what is newer")
      .option("--since-time <time>", "only what is newer than this time")
      .option("--timestamps", "with the time of each line")
      .option("--limit-bytes <n>", "at most so many bytes")
      .option("--prefix", "with the pod's name before each line"),
  run: (words, options: LogsOptions) => logs(words, options, process.stdout),
};

/** `wherry logs POD|TYPE/NAME|-l SELECTOR`: copies log bytes to `out`, as fast as it takes them. */
export async function logs(words: string[], options: LogsOptions, out: NodeJS.WritableStream): Promise<void> {
  const connection = await connect(options);
  try {
    const pods = await podsOf(connection, words[0], options);
    const sources = pods.flatMap((pod) =>
      containersOf(pod, words[1] ?? options.container, options).map((container) => ({ pod, container })),
    );
    const copies = sources.map(({ pod, container }) => copy(connection, pod, container, options, sources.length > 1, out));
    await Promise.all(copies);
  } finally {
    connection.close();
  }
}

async function podsOf(connection: Connection, word: string | undefined, options: LogsOptions): Promise<Pod[]> {
  const { namespace, client } = connection;
  if (options.selector !== undefined) {
    const { items } = await client.list(Pod, { namespace, labelSelector: options.selector });
    if (!items.length) throw new UsageError(`No resources found in ${namespace} namespace.`);
    return items;
  }
  if (!word)
    throw new UsageError(
      "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command",
    );
  return [await podOf(connection, word)];
}

/** The pod that `web-1`, `pod/web-1` or `deployment/web` means: of a workload, its newest running one. */
export async function podOf(connection: Connection, word: string): Promise<Pod> {
  const { namespace, client } = connection;
  if (!word.includes("/")) return client.get(Pod, { name: word, namespace });
  const [resource, name] = await typeAndName(connection, word);
  if (resource.name === "pods" && resource.group === "") return client.get(Pod, { name, namespace });
  const owner = (await client.get(definitionOf(resource), { name, namespace })) as ApiObject & { spec?: { selector?: object } };
  const labelSelector = selectorText(owner.spec?.selector);
  if (!labelSelector) throw new UsageError(`cannot get the logs from ${word}: a ${resource.kind} has no pods`);
  const { items } = await client.list(Pod, { namespace, labelSelector });
  const best = items.toSorted((a, b) => rank(b) - rank(a) || b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp))[0];
  if (!best) throw new UsageError(`${word} has no pods`);
  return best;
}

const rank = (pod: Pod) => (pod.status?.phase === "Running" ? 2 : pod.status?.phase === "Pending" ? 0 : 1);

/** A selector as a query takes it: of a workload (`matchLabels`) or of a service (the labels themselves). */
function selectorText(selector: { matchLabels?: Record<string, string> } | Record<string, string> | undefined): string {
  const labels =
    (selector as { matchLabels?: Record<string, string> } | undefined)?.matchLabels ??
    (selector as Record<string, string> | undefined) ??
    {};
  return Object.entries(labels)
    .filter(([, value]) => typeof value === "string")
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
}

function containersOf(pod: Pod, wanted: string | undefined, options: LogsOptions): string[] {
  const all = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map((c) => c.name);
  if (options.allContainers) return all;
  if (wanted === undefined) return [defaultContainer(pod)];
  if (!all.includes(wanted))
    throw new UsageError(`container ${wanted} is not valid for pod ${pod.metadata.name} out of: ${all.join(", ")}`);
  return [wanted];
}

/** The annotated container, else the first; which one is said when there are several. */
export function defaultContainer(pod: Pod): string {
  const names = pod.spec.containers.map((c) => c.name);
  const annotated = pod.metadata.annotations?.["kubectl.kubernetes.io/default-container"];
  const chosen = annotated && names.includes(annotated) ? annotated : (names[0] as string);
  if (names.length > 1 && chosen !== annotated) process.stderr.write(`Defaulted container "${chosen}" out of: ${names.join(", ")}\n`);
  return chosen;
}

async function copy(
  connection: Connection,
  pod: Pod,
  container: string,
  options: LogsOptions,
  several: boolean,
  out: NodeJS.WritableStream,
): Promise<void> {
  const resource = await connection.resources.find("pods");
  const path = `${pathTo(resource, pod.metadata.name, pod.metadata.namespace, "log")}?${query(container, options)}`;
  const response = await connection.client.raw({ method: "GET", path, headers: { accept: "*/*" } });
  const prefix = options.prefix && several ? `[pod/${pod.metadata.name}/${container}] ` : "";
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
  });
}
