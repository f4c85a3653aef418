import { Event } from "@wherry/api";
import { type ApiObject, humanDuration } from "@wherry/machinery";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { outline } from "../describe/outline.ts";
import { describePod } from "../describe/pod.ts";
import { fileFlags, selectorFlag } from "../flags.ts";
import { textTable } from "../output/text-table.ts";
import { definitionOf } from "../resource-catalogue.ts";
import { parseTargets, type Target, type TargetOptions } from "../targets.ts";
import type { Verb } from "../verb.ts";

export interface DescribeOptions extends ConnectionOptions, TargetOptions {
  selector?: string;
}

/** Kinds that are described field by field; all others by their outline. */
const DESCRIBERS: Readonly<Record<string, (object: never) => string>> = { Pod: describePod };

/** `wherry describe`. */
export const verb: Verb = {
  description: "tell all about objects, with their events",
  words: "TYPE [NAME...]",
  client: true,
  flags: (command) => selectorFlag(fileFlags(command)).option("-A, --all-namespaces", "of all namespaces"),
  run: (words, options: DescribeOptions, { write }) => describe(words, options, write),
};

/** `wherry describe`: everything about objects in words, with their events at the end. */
export async function describe(words: string[], options: DescribeOptions, write: (text: string) => void): Promise<void> {
  const connection = await connect(options);
  try {
    const targets = await parseTargets(connection, words, options);
    const objects = (await Promise.all(targets.map((target) => objectsOf(connection, target, options)))).flat();
    const texts = await Promise.all(objects.map((object) => describeOne(connection, object)));
    if (!texts.length) process.stderr.write(`No resources found in ${connection.namespace} namespace.\n`);
    write(texts.join("\n\n"));
  } finally {
    connection.close();
  }
}

async function objectsOf(connection: Connection, target: Target, options: DescribeOptions): Promise<ApiObject[]> {
  const kind = definitionOf(target.resource);
  if (target.name === undefined)
    return (await connection.client.list(kind, { namespace: target.namespace, labelSelector: options.selector })).items;
  return [await connection.client.get(kind, { name: target.name, namespace: target.namespace })];
}

async function describeOne(connection: Connection, object: ApiObject): Promise<string> {
  const describer = DESCRIBERS[object.kind] as ((o: ApiObject) => string) | undefined;
  return (describer ?? outline)(object) + (object.kind === "Event" ? "" : await events(connection, object));
}

/** Source of the columns: kubectl pkg/describe/describe.go, DescribeEvents. */
async function events(connection: Connection, { kind, metadata }: ApiObject): Promise<string> {
  const fieldSelector = `involvedObject.kind=${kind},involvedObject.name=${metadata.name},involvedObject.uid=${metadata.uid}`;
  const { items } = await connection.client.list(Event, { namespace: metadata.namespace, fieldSelector });
  if (!items.length) return "Events:  <none>\n";
  const now = Date.now();
  const rows = items
    .toSorted((a, b) => lastSeen(a) - lastSeen(b))
    .map((e) => [
      `  ${e.type ?? ""}`,
      e.reason ?? "",
      age(e, now),
      e.source?.component ?? e.reportingComponent ?? "",
      (e.message ?? "").trim(),
    ]);
  return `Events:\n${textTable([["  Type", "Reason", "Age", "From", "Message"], ["  ----", "------", "----", "----", "-------"], ...rows])}`;
}

const time = (text: string | undefined): number | undefined => (text ? Date.parse(text) : undefined);
const lastSeen = (e: Event): number => time(e.lastTimestamp) ?? time(e.eventTime) ?? Date.parse(e.metadata.creationTimestamp);

function age(e: Event, now: number): string {
  const last = humanDuration(now - lastSeen(e));
  const first = time(e.firstTimestamp);
  return (e.count ?? 1) > 1 && first !== undefined ? `${last} (x${e.count} over ${humanDuration(now - first)})` : last;
}
