import type { ApiObject } from "@wherry/machinery";
import type { Connection } from "./connection.ts";
import { UsageError } from "./errors.ts";
import { namesManifests, readManifests } from "./manifests.ts";
import { definitionOf, type Resource, resourceOfManifest } from "./resource-catalogue.ts";
import { parseTargets, type Target, type TargetOptions } from "./targets.ts";

/** An object that a command line names, with the resource it is one of. */
export interface Found {
  resource: Resource;
  object: ApiObject;
}

/** The flags by which objects are chosen. */
export interface SelectOptions extends TargetOptions {
  selector?: string;
  fieldSelector?: string;
  /** Every object of the type, where no name is given. */
  all?: boolean;
  /** The objects are those of the files, and no server is asked. */
  local?: boolean;
}

/**
 * The objects that the words and flags name, in order. Throws a UsageError in kubectl's words when a type comes without a name, `--all` or a selector; a StatusError
 * when an object is not there.
 */
export async function findObjects(connection: Connection, words: readonly string[], options: SelectOptions): Promise<Found[]> {
  if (options.local) return localObjects(options);
  const targets = await parseTargets(connection, words, options);
  return (await Promise.all(targets.map((target) => objectsOf(connection, target, options)))).flat();
}

/** What the files say, without asking a server. Throws a UsageError when no file is named. */
export async function localObjects(options: SelectOptions): Promise<Found[]> {
  if (!namesManifests(options)) throw new UsageError("when --local is specified, the objects are read from files: name them with -f");
  const manifests = await readManifests(options);
  return manifests.map(({ object }) => ({ resource: resourceOfManifest(object), object: object as ApiObject }));
}

async function objectsOf({ client }: Connection, { resource, name, namespace }: Target, options: SelectOptions): Promise<Found[]> {
  const kind = definitionOf(resource);
  if (name !== undefined) return [{ resource, object: await client.get(kind, { name, namespace }) }];
  if (!options.all && options.selector === undefined && options.fieldSelector === undefined) {
    throw new UsageError("resource(s) were provided, but no name was specified");
  }
  const query = { namespace, labelSelector: options.selector, fieldSelector: options.fieldSelector };
  return (await client.list(kind, query)).items.map((object) => ({ resource, object }));
}

/** Does something with each, going on after a failure; throws what failed at the end. */
export async function forEach<T>(items: readonly T[], action: (item: T) => Promise<void>): Promise<void> {
  const failures: unknown[] = [];
  for (const item of items) {
    try {
      await action(item);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length) throw failures.length === 1 ? failures[0] : new AggregateError(failures);
}
