import { StatusError } from "@wherry/base/status-error.ts";
import type { DeleteOptions } from "@wherry/client";
import type { ApiObject } from "@wherry/machinery";
import type { Command, Option } from "commander";
import type { Connection } from "./connection.ts";
import { UsageError } from "./errors.ts";
import { definitionOf, type Resource } from "./resource-catalogue.ts";
import { parseDuration, untilGone } from "./wait-for.ts";

/** The flags that say how objects are deleted. */
export interface DeletionFlags {
  cascade?: string;
  force?: boolean;
  gracePeriod?: string;
  now?: boolean;
  timeout?: string;
}

const CASCADE: Readonly<Record<string, DeleteOptions["propagationPolicy"]>> = {
  background: "Background",
  foreground: "Foreground",
  orphan: "Orphan",
};

/** Declares the flags of DeletionFlags. */
export function deletionFlags(command: Command): Command {
  const cascade: Option = command.createOption("--cascade [mode]", "what becomes of owned objects: background, foreground or orphan");
  return command
    .addOption(cascade.preset("background").default("background"))
    .option("--force", "do not wait for the processes to end")
    .option("--grace-period <seconds>", "how long processes may take to end", "-1")
    .option("--timeout <duration>", "wait no longer than this for the objects to be gone", "0s");
}

/** The flags as the server takes them. Throws a UsageError where they contradict one another. Source: kubectl pkg/cmd/delete/delete.go. */
export function deletionOptions(flags: DeletionFlags): DeleteOptions {
  const propagationPolicy = CASCADE[flags.cascade ?? "background"];
  if (!propagationPolicy) throw new UsageError(`invalid cascade value (${flags.cascade}). Must be "background", "foreground", or "orphan"`);
  const grace = Number(flags.gracePeriod ?? -1);
  if (!Number.isInteger(grace)) throw new UsageError(`--grace-period ${JSON.stringify(flags.gracePeriod)}: must be a number of seconds`);
  if (flags.now && grace !== -1) throw new UsageError("--now and --grace-period cannot be specified together");
  if (flags.force && grace > 0) throw new UsageError("--force and --grace-period greater than 0 cannot be specified together");
  // A grace period of 0 would kill at once, and only --force says that this is meant.
  const seconds = flags.now ? 1 : flags.force ? 0 : grace === 0 ? 1 : grace;
  return { propagationPolicy, ...(seconds >= 0 && { gracePeriodSeconds: seconds }) };
}

/** How long to wait for what is deleted, in milliseconds; undefined = as long as it takes. */
export const deletionTimeout = (flags: DeletionFlags): number | undefined => parseDuration(flags.timeout ?? "0s", "--timeout") || undefined;

/** What is being deleted. `uid` is empty where the server did not tell it. */
export interface Deleting {
  resource: Resource;
  name: string;
  namespace: string | undefined;
  uid: string;
}

/** Asks for the deletion; undefined when the object is not there and `missingOk`. */
export async function deleteObject(
  { client }: Connection,
  { resource, name, namespace }: { resource: Resource; name: string; namespace: string | undefined },
  options: DeleteOptions & { dryRun?: string[] },
  missingOk = false,
): Promise<Deleting | undefined> {
  try {
    const answer: ApiObject = await client.delete(definitionOf(resource), { name, namespace }, options);
    return { resource, name, namespace, uid: answer.metadata.uid };
  } catch (error) {
    if (missingOk && error instanceof StatusError && error.code === 404) return undefined;
    throw error;
  }
}

/** Waits until the objects are gone, or others have taken their names. */
export async function untilAllGone({ client }: Connection, objects: readonly Deleting[], timeoutMs?: number): Promise<void> {
  await Promise.all(
    objects.map(({ resource, name, namespace, uid }) =>
      untilGone(client, definitionOf(resource), { name, namespace }, uid || undefined, timeoutMs),
    ),
  );
}
