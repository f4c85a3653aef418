import type { ApiObject } from "@wherry/machinery";
import { withLastApplied } from "@wherry/machinery/patch/last-applied.ts";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { type DeletionFlags, deleteObject, deletionFlags, deletionOptions, deletionTimeout, untilAllGone } from "../deletion.ts";
import { UsageError } from "../errors.ts";
import { fieldValidation, fileFlags, validateFlag, writeFlags } from "../flags.ts";
import { type FileOptions, type ManifestObject, readManifests } from "../manifests.ts";
import { forEach } from "../objects.ts";
import { DRY_RUN, report, type WriteFlags } from "../output/report.ts";
import { located, place } from "../placement.ts";
import { sendRaw } from "../raw-call.ts";
import { definitionOf, type Resource } from "../resource-catalogue.ts";
import type { Verb } from "../verb.ts";

interface ReplaceOptions extends ConnectionOptions, FileOptions, WriteFlags, DeletionFlags {
  validate?: string;
  saveConfig?: boolean;
  subresource?: string;
  raw?: string;
}

/** `wherry replace`. */
export const verb: Verb = {
  description: "put manifests in the place of objects",
  client: true,
  flags: (command) =>
    deletionFlags(validateFlag(writeFlags(fileFlags(command))))
      .option("--save-config", "keep the manifest in the object, for apply")
      .option("--subresource <name>", "replace this part, such as status or scale")
      .option("--raw <path>", "PUT the file to this path as it is"),
  run: (_, options: ReplaceOptions, { write }) => replace(options, write),
};

async function replace(options: ReplaceOptions, write: (text: string) => void): Promise<void> {
  if (options.raw !== undefined) return sendRaw("PUT", options.raw, options, write);
  if (!options.force && Number(options.gracePeriod ?? -1) >= 0) throw new UsageError("--grace-period must have --force specified");
  if (options.force && options.dryRun && options.dryRun !== "none") throw new UsageError("--dry-run can not be used when --force is set");
  const manifests = await readManifests(options);
  const connection = await connect(options);
  try {
    await forEach(manifests, async (manifest) => {
      try {
        write(await replaceOne(connection, manifest, options));
      } catch (error) {
        throw located(error, "replacing", manifest);
      }
    });
  } finally {
    connection.close();
  }
}

async function replaceOne(connection: Connection, manifest: ManifestObject, options: ReplaceOptions): Promise<string> {
  const { resource, object } = await place(connection, options.saveConfig ? withLastApplied(manifest.object) : manifest.object);
  if (options.dryRun === "client") return report(object as ApiObject, resource, "replaced", options);
  const write = {
    dryRun: options.dryRun === "server",
    fieldManager: options.fieldManager ?? "kubectl-replace",
    fieldValidation: fieldValidation(options.validate),
    subresource: options.subresource,
  };
  const kind = definitionOf(resource);
  if (options.force) {
    const said = await removed(connection, resource, object, options);
    return said + (await report(await connection.client.create(kind, object, write), resource, "replaced", options));
  }
  return report(
    await connection.client.update(kind, await withVersion(connection, resource, object), write),
    resource,
    "replaced",
    options,
  );
}

/** A manifest that names no revision replaces whatever there is. */
async function withVersion({ client }: Connection, resource: Resource, object: ManifestObject["object"]): Promise<ApiObject> {
  const { name = "", namespace, resourceVersion } = object.metadata;
  if (resourceVersion) return object as ApiObject;
  const { metadata } = await client.get(definitionOf(resource), { name, namespace });
  return { ...object, metadata: { ...object.metadata, resourceVersion: metadata.resourceVersion } } as ApiObject;
}

/** `--force`: the object goes first, if it is there. */
async function removed(
  connection: Connection,
  resource: Resource,
  { metadata }: ManifestObject["object"],
  options: ReplaceOptions,
): Promise<string> {
  const { name = "", namespace } = metadata;
  const gone = await deleteObject(
    connection,
    { resource, name, namespace },
    deletionOptions({ ...options, force: options.gracePeriod === "0" }),
    true,
  );
  if (!gone) return "";
  await untilAllGone(connection, [gone], deletionTimeout(options));
  const kind = `${resource.kind.toLowerCase()}${resource.group && `.${resource.group}`}`;
  return options.output
    ? ""
    : `${kind} "${name}" deleted${namespace ? ` from ${namespace} namespace` : ""}${DRY_RUN[options.dryRun ?? "none"]}\n`;
}
