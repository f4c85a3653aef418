import type { ApiObject } from "@wherry/machinery";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { fileFlags, selectorFlag, writeFlags } from "../flags.ts";
import { type Found, findObjects, forEach, type SelectOptions } from "../objects.ts";
import { report, type WriteFlags } from "../output/report.ts";
import { definitionOf } from "../resource-catalogue.ts";
import type { Verb } from "../verb.ts";
import { parseDuration, waitFor } from "../wait-for.ts";

/** The flags of `scale`. */
export interface ScaleOptions extends ConnectionOptions, SelectOptions, WriteFlags {
  replicas?: string;
  currentReplicas: string;
  resourceVersion?: string;
  timeout: string;
}

type Scaled = ApiObject & { spec?: { replicas?: number }; status?: { replicas?: number; observedGeneration?: number } };

/** `wherry scale`. */
export const verb: Verb = {
  description: "set the number of pods",
  words: "[--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME)",
  client: true,
  completes: "objects",
  flags: (command) =>
    selectorFlag(writeFlags(fileFlags(command)))
      .option("--replicas <n>", "how many")
      .option("--current-replicas <n>", "only when there are this many now", "-1")
      .option("--resource-version <version>", "only when the object is at this revision")
      .option("--timeout <duration>", "wait this long until the pods are there", "0s")
      .option("--all", "all objects of the type"),
  run: (words, options: ScaleOptions, { write }) => scale(words, options, write),
};

/** `wherry scale`: sets the number of replicas through the scale subresource. */
export async function scale(words: string[], options: ScaleOptions, write: (text: string) => void): Promise<void> {
  const replicas = Number(options.replicas);
  if (options.replicas === undefined) throw new UsageError('required flag(s) "replicas" not set');
  if (!Number.isInteger(replicas) || replicas < 0)
    throw new UsageError("The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0");
  const connection = await connect(options);
  try {
    const found = await findObjects(connection, words, options);
    if (!found.length) throw new UsageError("no objects passed to scale");
    if (options.resourceVersion && found.length > 1) throw new UsageError("cannot use --resource-version with multiple resources");
    await forEach(found, async (one) => {
      check(one.object, options);
      if (options.dryRun !== "client") await scaleOne(connection, one, replicas, options);
      write(await report(one.object, one.resource, "scaled", options));
    });
    if ((options.dryRun ?? "none") === "none") await untilScaled(connection, found, replicas, parseDuration(options.timeout, "--timeout"));
  } finally {
    connection.close();
  }
}

function check(object: Scaled, { currentReplicas, resourceVersion }: ScaleOptions): void {
  const current = object.spec?.replicas ?? 1;
  if (Number(currentReplicas) >= 0 && current !== Number(currentReplicas))
    throw new UsageError(`Expected replicas to be ${currentReplicas}, was ${current}`);
  const version = object.metadata.resourceVersion;
  if (resourceVersion && version !== resourceVersion)
    throw new UsageError(`Expected resource version to be ${resourceVersion}, was ${version}`);
}

async function scaleOne({ client }: Connection, { resource, object }: Found, replicas: number, options: ScaleOptions): Promise<void> {
  const { name, namespace } = object.metadata;
  // What was checked must still hold when the change is made.
  const checked = Number(options.currentReplicas) >= 0 || options.resourceVersion;
  const body = { spec: { replicas }, ...(checked && { metadata: { resourceVersion: object.metadata.resourceVersion } }) };
  const send = { subresource: "scale", dryRun: options.dryRun === "server", fieldManager: options.fieldManager };
  await client.patch(definitionOf(resource), { name, namespace }, { type: "merge", body }, send);
}

async function untilScaled({ client }: Connection, found: readonly Found[], replicas: number, timeoutMs: number): Promise<void> {
  if (timeoutMs <= 0) return;
  const done = (object: ApiObject | undefined) => {
    const { metadata, spec, status } = (object ?? { metadata: {} }) as Scaled;
    const observed = status?.observedGeneration === undefined || status.observedGeneration >= (metadata.generation ?? 0);
    return !object || (spec?.replicas === replicas && status?.replicas === replicas && observed);
  };
  await Promise.all(found.map(({ resource, object: { metadata } }) => waitFor(client, definitionOf(resource), metadata, done, timeoutMs)));
}
