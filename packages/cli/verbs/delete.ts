import { createInterface } from "node:readline/promises";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import {
  type Deleting,
  type DeletionFlags,
  deleteObject,
  deletionFlags,
  deletionOptions,
  deletionTimeout,
  untilAllGone,
} from "../deletion.ts";
import { UsageError } from "../errors.ts";
import { dryRunFlag, fileFlags, selectorFlag } from "../flags.ts";
import { namesManifests } from "../manifests.ts";
import { forEach } from "../objects.ts";
import { DRY_RUN, type WriteFlags } from "../output/report.ts";
import { sendRaw } from "../raw-call.ts";
import { definitionOf, objectLabel, type Resource } from "../resource-catalogue.ts";
import { parseTargets, type Target, type TargetOptions } from "../targets.ts";
import type { Verb } from "../verb.ts";

/** The flags of `delete`. */
export interface DeleteVerbOptions extends ConnectionOptions, TargetOptions, DeletionFlags {
  selector?: string;
  fieldSelector?: string;
  all?: boolean;
  ignoreNotFound?: boolean;
  wait?: boolean;
  interactive?: boolean;
  raw?: string;
  output?: string;
  dryRun?: WriteFlags["dryRun"];
}

type Named = Target & { name: string };

/** `wherry delete`. */
export const verb: Verb = {
  description: "delete objects",
  words: "TYPE NAME...",
  client: true,
  completes: "objects",
  flags: (command) =>
    deletionFlags(selectorFlag(dryRunFlag(fileFlags(command))))
      .option("-A, --all-namespaces", "of all namespaces")
      .option("--all", "all objects of the type")
      .option("--field-selector <selector>", "only objects with these fields")
      .option("--ignore-not-found", "a missing object is no error")
      .option("-i, --interactive", "ask before anything is deleted")
      .option("--no-wait", "do not wait until the objects are gone")
      .option("--now", "give the processes one second to end")
      .option("--raw <path>", "DELETE this path")
      .option("-o, --output <format>", "name"),
  run: (words, options: DeleteVerbOptions, { write }) =>
    options.raw === undefined ? deleteVerb(words, options, write) : sendRaw("DELETE", options.raw, options, write),
};

/** `wherry delete`: asks for the deletion, and waits until the objects are gone unless told otherwise. */
export async function deleteVerb(words: string[], options: DeleteVerbOptions, write: (text: string) => void): Promise<void> {
  check(words, options);
  const how = deletionOptions(options);
  const connection = await connect(options);
  try {
    const chosen = await chooseObjects(connection, await parseTargets(connection, words, options), options);
    if (!chosen.length && !namesManifests(options)) write("No resources found\n");
    if (chosen.length && options.interactive && !(await confirmed(chosen, write))) return write("deletion is cancelled\n");
    const gone: Deleting[] = [];
    try {
      await forEach(chosen, async (target) => {
        const missingOk = Boolean(options.ignoreNotFound || options.all || options.selector);
        const deleted =
          options.dryRun === "client"
            ? await found(connection, target)
            : await deleteObject(connection, target, dryRun(how, options), missingOk);
        if (deleted) write(sentence(target, options));
        if (deleted) gone.push(deleted);
      });
    } finally {
      if (options.wait !== false && (options.dryRun ?? "none") === "none") await untilAllGone(connection, gone, deletionTimeout(options));
    }
  } finally {
    connection.close();
  }
}

function check(words: readonly string[], options: DeleteVerbOptions): void {
  if (options.output && options.output !== "name")
    throw new UsageError(`unexpected -o output mode: ${options.output}. We only support '-o name'`);
  if (options.all && options.selector !== undefined) throw new UsageError("setting 'all' parameter but found a non empty selector.");
  if (options.all && options.fieldSelector !== undefined) throw new UsageError("cannot set --all and --field-selector at the same time");
  if (options.all && words.length > 1) throw new UsageError("name cannot be provided when --all is specified");
  if (options.force) {
    process.stderr.write(
      "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n",
    );
  }
}

async function chooseObjects(connection: Connection, targets: Target[], options: DeleteVerbOptions): Promise<Named[]> {
  const selects = options.all || options.selector !== undefined || options.fieldSelector !== undefined;
  const lists = targets.map(async ({ resource, name, namespace }): Promise<Named[]> => {
    if (name !== undefined) return [{ resource, name, namespace }];
    if (!selects) throw new UsageError("resource(s) were provided, but no name was specified");
    const query = { namespace, labelSelector: options.selector, fieldSelector: options.fieldSelector };
    const { items } = await connection.client.list(definitionOf(resource), query);
    return items.map((o) => ({ resource, name: o.metadata.name, namespace: o.metadata.namespace }));
  });
  return (await Promise.all(lists)).flat();
}

async function found(connection: Connection, { resource, name, namespace }: Named): Promise<Deleting> {
  const { metadata } = await connection.client.get(definitionOf(resource), { name, namespace });
  return { resource, name, namespace, uid: metadata.uid };
}

const dryRun = (how: ReturnType<typeof deletionOptions>, options: DeleteVerbOptions) => ({
  ...how,
  ...(options.dryRun === "server" && { dryRun: ["All"] }),
});

async function confirmed(chosen: readonly Named[], write: (text: string) => void): Promise<boolean> {
  write(`You are about to delete the following ${chosen.length} resource(s):\n`);
  for (const { resource, name } of chosen) write(`${objectLabel(resource, name)}\n`);
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await prompt.question("Do you want to continue? (y/N): ");
  prompt.close();
  return /^y(es)?$/i.test(answer.trim());
}

function sentence({ resource, name, namespace }: Named, options: DeleteVerbOptions): string {
  if (options.output === "name") return `${objectLabel(resource, name)}\n`;
  const where = namespace ? ` from ${namespace} namespace` : "";
  return `${kindName(resource)} "${name}" ${options.force ? "force " : ""}deleted${where}${DRY_RUN[options.dryRun ?? "none"]}\n`;
}

const kindName = ({ kind, group }: Resource): string => `${kind.toLowerCase()}${group && `.${group}`}`;
