import { StatusError } from "@wherry/base/status-error.ts";
import type { ApiObject } from "@wherry/machinery";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { describerOf } from "../describe/describers.ts";
import { Description } from "../describe/description.ts";
import { fileFlags, selectorFlag } from "../flags.ts";
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
  flags: (command) =>
    selectorFlag(fileFlags(command))
      .option("-A, --all-namespaces", "of all namespaces")
      .option("--chunk-size <n>", "objects in each call")
      .option("--no-show-events", "without the events"),
  run: (words, options: DescribeOptions, { write }) => describe(words, options, write),
};

/** `wherry describe`: everything about objects in words, with their events at the end. Goes on after a failure, and fails at the end. */
export async function describe(words: string[], options: DescribeOptions, write: (text: string) => void): Promise<void> {
  const connection = await connect(options);
  const failures: unknown[] = [];
  const attempt = <T>(work: Promise<T[]>): Promise<T[]> =>
    work.catch((error: unknown) => {
      failures.push(error);
      return [];
    });
  try {
    const targets = await parseTargets(connection, words, options);
    const objects = (await Promise.all(targets.map((target) => attempt(objectsOf(connection, target, options))))).flat();
    const texts = await Promise.all(objects.map((object) => attempt(describeOne(connection, object, options.showEvents !== false))));
    write(texts.flat().join("\n\n"));
    if (!objects.length && !failures.length) process.stderr.write(nothingFound(connection, options));
  } finally {
    connection.close();
  }
  if (failures.length) throw failures.length === 1 ? failures[0] : new AggregateError(failures);
}

const nothingFound = ({ namespace }: Connection, { allNamespaces }: DescribeOptions) =>
  allNamespaces ? "No resources found\n" : `No resources found in ${namespace} namespace.\n`;

/** The object of the name; when there is none, those whose names begin so. */
async function objectsOf(connection: Connection, { resource, name, namespace }: Target, options: DescribeOptions): Promise<ApiObject[]> {
  const kind = definitionOf(resource);
  const list = async () => (await connection.client.list(kind, { namespace, labelSelector: options.selector })).items;
  if (name === undefined) return list();
  try {
    return [await connection.client.get(kind, { name, namespace })];
  } catch (error) {
    if (!(error instanceof StatusError && error.code === 404) || options.filename?.length) throw error;
    const found = (await list()).filter((object) => object.metadata.name.startsWith(name));
    if (!found.length) throw error;
    return found;
  }
}

async function describeOne({ client }: Connection, object: ApiObject, showEvents: boolean): Promise<string[]> {
  const description = new Description();
  const describer = await describerOf(object);
  await describer(description, object as never, { client, now: Date.now(), showEvents });
  return [description.toString()];
}
