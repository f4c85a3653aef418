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
  try {
    const targets = await parseTargets(connection, words, options);
    const results = await Promise.all(targets.map((target) => textsOf(connection, target, words, options)));
    write(results.flatMap((result) => result.texts).join("\n\n"));
    const failures = results.flatMap((result) => result.failures);
    if (failures.length) throw failures.length === 1 ? failures[0] : new AggregateError(failures);
    if (!results.some((result) => result.texts.length)) process.stderr.write(nothingFound(connection, options));
  } finally {
    connection.close();
  }
}

const nothingFound = ({ namespace }: Connection, { allNamespaces }: DescribeOptions) =>
  allNamespaces ? "No resources found\n" : `No resources found in ${namespace} namespace.\n`;

interface Result {
  texts: string[];
  failures: unknown[];
}

async function textsOf(connection: Connection, target: Target, words: readonly string[], options: DescribeOptions): Promise<Result> {
  const work = (object: ApiObject) => describeOne(connection, object, options.showEvents !== false);
  try {
    const settled = await Promise.allSettled((await objectsOf(connection, target, options)).map(work));
    return {
      texts: settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : [])),
      failures: settled.flatMap((one) => (one.status === "rejected" ? [one.reason] : [])),
    };
  } catch (error) {
    const byPrefix = words.length === 2 && error instanceof StatusError && error.code === 404;
    const found = byPrefix ? await objectsOf(connection, { ...target, name: undefined }, options) : [];
    const matching = found.filter((object) => object.metadata.name.startsWith(target.name ?? ""));
    if (!matching.length) return { texts: [], failures: [error] };
    return { texts: [(await Promise.all(matching.map(work))).map((text) => `${text}\n`).join("")], failures: [] };
  }
}

async function objectsOf(connection: Connection, { resource, name, namespace }: Target, options: DescribeOptions): Promise<ApiObject[]> {
  const kind = definitionOf(resource);
  if (name === undefined) return (await connection.client.list(kind, { namespace, labelSelector: options.selector })).items;
  return [await connection.client.get(kind, { name, namespace })];
}

async function describeOne({ client }: Connection, object: ApiObject, showEvents: boolean): Promise<string> {
  const description = new Description();
  const describer = await describerOf(object);
  await describer(description, object as never, { client, now: Date.now(), showEvents });
  return description.toString();
}
