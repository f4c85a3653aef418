import { StatusError } from "@wherry/base";
import type { DeleteOptions } from "@wherry/client";
import type { ApiObject } from "@wherry/machinery";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { dryRunFlag, fileFlags, selectorFlag } from "../flags.ts";
import { definitionOf, objectLabel, qualifiedName } from "../resource-catalogue.ts";
import { parseTargets, type Target, type TargetOptions } from "../targets.ts";
import type { Verb } from "../verb.ts";
import { untilGone } from "../wait-for.ts";

export interface DeleteVerbOptions extends ConnectionOptions, TargetOptions {
  selector?: string;
  fieldSelector?: string;
  all?: boolean;
  force?: boolean;
  gracePeriod?: string;
  ignoreNotFound?: boolean;
  wait?: boolean;
  cascade?: string;
  output?: string;
  dryRun?: string;
}

const CASCADE: Readonly<Record<string, DeleteOptions["propagationPolicy"]>> = {
  background: "Background",
  foreground: "Foreground",
  orphan: "Orphan",
};

/** `wherry delete`. */
export const verb: Verb = {
  description: "delete objects",
  words: "TYPE NAME...",
  client: true,
  flags: (command) =>
    selectorFlag(dryRunFlag(fileFlags(command)))
      .option("-A, --all-namespaces", "of all namespaces")
      .option("--all", "all objects of the type")
      .option("--field-selector <selector>", "only objects with these fields")
      .option("--cascade <mode>", "what becomes of owned objects: background, foreground or orphan")
      .option("--force", "do not wait for the processes to end")
      .option("--grace-period <seconds>", "how long processes may take to end")
      .option("--ignore-not-found", "a missing object is no error")
      .option("--no-wait", "do not wait until the objects are gone")
      .option("-o, --output <format>", "name"),
  run: (words, options: DeleteVerbOptions, { write }) => deleteVerb(words, options, write),
};

/** `wherry delete`: asks for the deletion, and waits until the objects are gone unless told otherwise. */
export async function deleteVerb(words: string[], options: DeleteVerbOptions, write: (text: string) => void): Promise<void> {
  const connection = await connect(options);
  try {
    const chosen = await chooseObjects(connection, await parseTargets(connection, words, options), options);
    if (!chosen.length && !options.filename) write("No resources found\n");
    const gone = chosen.map((target) => deleteOne(connection, target, options, write));
    await Promise.all(gone);
  } finally {
    connection.close();
  }
}

async function chooseObjects(connection: Connection, targets: Target[], options: DeleteVerbOptions): Promise<Target[]> {
  const selects = options.all || options.selector !== undefined || options.fieldSelector !== undefined;
  const lists = targets.map(async (target): Promise<Target[]> => {
    if (target.name !== undefined) return [target];
    if (!selects) throw new UsageError("resource(s) were provided, but no name was specified");
    const query = { namespace: target.namespace, labelSelector: options.selector, fieldSelector: options.fieldSelector };
    const { items } = await connection.client.list(definitionOf(target.resource), query);
    return items.map((o) => ({ ...target, name: o.metadata.name, namespace: o.metadata.namespace }));
  });
  return (await Promise.all(lists)).flat();
}

async function deleteOne(connection: Connection, target: Target, options: DeleteVerbOptions, write: (text: string) => void): Promise<void> {
  const name = target.name as string;
  const kind = definitionOf(target.resource);
  let deleted: ApiObject;
  try {
    deleted = await connection.client.delete(
      kind,
      { name, namespace: target.namespace },
      { ...deleteOptions(options), ...(options.dryRun && { dryRun: ["All"] }) },
    );
  } catch (error) {
    if (error instanceof StatusError && error.code === 404 && (options.ignoreNotFound || options.all)) return;
    throw error;
  }
  const how = options.force ? " force deleted" : " deleted";
  const where = target.namespace ? ` from ${target.namespace} namespace` : "";
  const dry = options.dryRun ? " (server dry run)" : "";
  write(
    options.output === "name"
      ? `${objectLabel(target.resource, name)}\n`
      : `${qualifiedName({ ...target.resource, name: target.resource.kind.toLowerCase() })} "${name}"${how}${where}${dry}\n`,
  );
  if (options.wait !== false && !options.dryRun)
    await untilGone(connection.client, kind, { name, namespace: target.namespace }, uidOf(deleted));
}

/** The answer is the object, or a Status whose details carry its uid. */
function uidOf(answer: ApiObject): string | undefined {
  return answer.metadata?.uid ?? (answer as unknown as { details?: { uid?: string } }).details?.uid;
}

function deleteOptions(options: DeleteVerbOptions): DeleteOptions {
  const cascade = options.cascade ?? "background";
  const propagationPolicy = CASCADE[cascade];
  if (!propagationPolicy) throw new UsageError(`invalid cascade value (${cascade}). Must be "background", "foreground", or "orphan"`);
  const grace = options.gracePeriod === undefined ? undefined : Number(options.gracePeriod);
  if (grace !== undefined && !Number.isInteger(grace))
    throw new UsageError(`--grace-period ${JSON.stringify(options.gracePeriod)}: must be a number of seconds`);
  const gracePeriodSeconds = options.force ? (grace ?? 0) : grace !== undefined && grace >= 0 ? grace : undefined;
  return { propagationPolicy, ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }) };
}
