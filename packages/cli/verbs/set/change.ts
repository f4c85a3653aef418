import { StatusError } from "@wherry/base/status-error.ts";
import type { ApiObject } from "@wherry/machinery";
import { deepCopy } from "@wherry/machinery/deep-copy.ts";
import type { Command } from "commander";
import { type Connection, type ConnectionOptions, connect } from "../../connection.ts";
import { UsageError } from "../../errors.ts";
import { fileFlags, selectorFlag, writeFlags } from "../../flags.ts";
import { type Found, findObjects, forEach, type SelectOptions } from "../../objects.ts";
import { report, type WriteFlags } from "../../output/report.ts";
import { isEmptyPatch, patchBetween } from "../../patch-between.ts";
import { definitionOf } from "../../resource-catalogue.ts";

/** The flags of every `set`. */
export interface SetOptions extends ConnectionOptions, SelectOptions, WriteFlags {
  /** `--resource-version`: the objects must be at this revision. */
  resourceVersion?: string;
}

/** Declares them. */
export const setFlags = (command: Command): Command =>
  selectorFlag(writeFlags(fileFlags(command)))
    .option("--all", "all objects of the type")
    .option("--local", "change what the files say, and print it, without asking a server");

/** One of the things that `set` sets. */
export interface Change {
  /** What is printed behind an object's name: `image updated`. */
  done: string;
  /** What comes before the server's reason when it refuses: `failed to patch image update to pod template: `. */
  failed?: string;
  /** An object that is left as it is is reported like any other. */
  always?: boolean;
  /** Changes the object in place. Throws a UsageError when that cannot be. */
  apply(object: ApiObject, connection: Connection): void | Promise<void>;
}

/** Makes the change to each object that the words name; one that it leaves as it is, is passed over. Goes on after a failure. */
export async function changeAll(
  words: readonly string[],
  options: SetOptions,
  change: Change,
  write: (text: string) => void,
): Promise<void> {
  const connection = await connect(options);
  try {
    const found = await findObjects(connection, words, options);
    if (!found.length) throw new UsageError("no objects were found to change");
    await forEach(found, async (one) => write(await changeOne(connection, one, change, options)));
  } finally {
    connection.close();
  }
}

async function changeOne(connection: Connection, { resource, object }: Found, change: Change, options: SetOptions): Promise<string> {
  const wanted = deepCopy(object);
  await change.apply(wanted, connection);
  if (options.local || options.dryRun === "client") return report(wanted, resource, change.done, options);
  const patch = await patchBetween(resource, object, wanted);
  if (isEmptyPatch(patch) && !change.always) return options.output ? report(object, resource, change.done, options) : "";
  const { name, namespace } = object.metadata;
  const body = options.resourceVersion ? { ...patch.body, metadata: { resourceVersion: options.resourceVersion } } : patch.body;
  const send = { dryRun: options.dryRun === "server", fieldManager: options.fieldManager ?? "kubectl-set" };
  const next = await connection.client
    .patch(definitionOf(resource), { name, namespace }, { type: patch.type, body }, send)
    .catch((error: unknown) => {
      throw refused(error, change.failed ?? "");
    });
  return report(next, resource, change.done, options);
}

function refused(error: unknown, failed: string): unknown {
  return error instanceof StatusError && failed ? new UsageError(failed + error.message) : error;
}

/** Splits `deployment web a=1 b-` into what names objects and what says changes. */
export function splitWords(words: readonly string[], isChange: (word: string) => boolean): { names: string[]; changes: string[] } {
  const first = words.findIndex(isChange);
  if (first < 0) return { names: [...words], changes: [] };
  const changes = words.slice(first);
  const stray = changes.find((word) => !isChange(word));
  if (stray !== undefined) throw new UsageError(`all resources must be specified before changes: ${stray}`);
  return { names: words.slice(0, first), changes };
}
