import type { ApiObject } from "@wherry/machinery";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { describerOf } from "../describe/describers.ts";
import { Description } from "../describe/description.ts";
import { UsageError } from "../errors.ts";
import { fileFlags, selectorFlag } from "../flags.ts";
import { namesManifests } from "../manifests.ts";
import { definitionOf } from "../resource-catalogue.ts";
import { parseTargets, type Target, type TargetOptions } from "../targets.ts";
import type { Verb } from "../verb.ts";

export interface DescribeOptions extends ConnectionOptions, TargetOptions {
  selector?: string;
  showEvents?: boolean;
}

/** `wherry describe`. */
export const verb: Verb = {
  description: "tell all about objects, with their events",
  words: "(-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)",
  client: true,
  completes: "objects",
  flags: (command) =>
    selectorFlag(fileFlags(command))
      .option("-A, --all-namespaces", "of all namespaces")
      .option("--chunk-size <n>", "objects in each call")
      .option("--no-show-events", "without the events"),
  run: (words, options: DescribeOptions, { write }) => describe(words, options, write),
};

/** `wherry describe`: everything about objects in words, with their events at the end. When one of them is not there, none is described. */
export async function describe(words: string[], options: DescribeOptions, write: (text: string) => void): Promise<void> {
  if (!words.length && !namesManifests(options)) {
    throw new UsageError(
      'You must specify the type of resource to describe. Use "wherry api-resources" for a complete list of supported resources.',
    );
  }
  const connection = await connect(options);
  try {
    const targets = await parseTargets(connection, words, options);
    const found = await all(targets.map((target) => objectsOf(connection, target, options)));
    const byPrefix =
      found.failures.length && targets.length === 1 && words.length === 2 ? await matching(connection, targets[0], options) : [];
    if (found.failures.length && !byPrefix.length) throw thrown(found.failures);
    const described = await all([...byPrefix, ...found.values.flat()].map((object) => describeOne(connection, object, options)));
    // Those of a prefix are apart in another way.
    write(byPrefix.length ? described.values.map((text) => `${text}\n`).join("") : described.values.join("\n\n"));
    if (described.failures.length) throw thrown(described.failures);
    if (!described.values.length) process.stderr.write(nothingFound(connection, options));
  } finally {
    connection.close();
  }
}

async function all<T>(work: readonly Promise<T>[]): Promise<{ values: T[]; failures: unknown[] }> {
  const settled = await Promise.allSettled(work);
  return {
    values: settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : [])),
    failures: settled.flatMap((one) => (one.status === "rejected" ? [one.reason] : [])),
  };
}

const thrown = (failures: readonly unknown[]) => (failures.length === 1 ? failures[0] : new AggregateError(failures));

const nothingFound = ({ namespace }: Connection, { allNamespaces }: DescribeOptions) =>
  allNamespaces ? "No resources found\n" : `No resources found in ${namespace} namespace.\n`;

/** The objects whose names begin like that of one that is not there. */
async function matching(connection: Connection, target: Target | undefined, options: DescribeOptions): Promise<ApiObject[]> {
  if (target?.name === undefined) return [];
  const every = await objectsOf(connection, { ...target, name: undefined }, options);
  return every.filter((object) => object.metadata.name.startsWith(target.name ?? ""));
}

async function objectsOf(connection: Connection, { resource, name, namespace }: Target, options: DescribeOptions): Promise<ApiObject[]> {
  const kind = definitionOf(resource);
  if (name === undefined) return (await connection.client.list(kind, { namespace, labelSelector: options.selector })).items;
  return [await connection.client.get(kind, { name, namespace })];
}

async function describeOne({ client }: Connection, object: ApiObject, { showEvents = true }: DescribeOptions): Promise<string> {
  const description = new Description();
  const describer = await describerOf(object);
  await describer(description, object as never, { client, now: Date.now(), showEvents });
  return description.toString();
}
