import { StatusError } from "@wherry/base";
import { lastAppliedOf, withLastApplied } from "@wherry/machinery/patch/last-applied.ts";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { fieldValidation, fileFlags, validateFlag, writeFlags } from "../flags.ts";
import { type ManifestObject, readManifests } from "../manifests.ts";
import { report, type WriteFlags } from "../output/report.ts";
import { isEmptyPatch, patchBetween } from "../patch-between.ts";
import { located, place } from "../placement.ts";
import { definitionOf } from "../resource-catalogue.ts";
import type { Verb } from "../verb.ts";

export interface ApplyOptions extends ConnectionOptions, WriteFlags {
  filename?: string[];
  recursive?: boolean;
  validate?: string;
}

const FIELD_MANAGER = "kubectl-client-side-apply";

/** `wherry apply`. */
export const verb: Verb = {
  description: "make objects what their manifests say",
  client: true,
  flags: (command) => validateFlag(writeFlags(fileFlags(command))),
  run: (_, options: ApplyOptions, { write }) => apply(options, write),
};

/** `wherry apply`: makes each object what its manifest says, leaving alone what others set. Goes on after a failure, and fails at the end. */
export async function apply(options: ApplyOptions, write: (text: string) => void): Promise<void> {
  const manifests = await readManifests(options.filename ?? [], options.recursive);
  const connection = await connect(options);
  const failures: unknown[] = [];
  try {
    for (const manifest of manifests) {
      try {
        write(await applyOne(connection, manifest, options));
      } catch (error) {
        failures.push(located(error, "applying", manifest));
      }
    }
  } finally {
    connection.close();
  }
  if (failures.length) throw failures.length === 1 ? failures[0] : new AggregateError(failures);
}

async function applyOne(connection: Connection, manifest: ManifestObject, options: ApplyOptions): Promise<string> {
  const { resource, object } = await place(connection, manifest.object);
  const { name, namespace } = object.metadata;
  if (!name) throw new UsageError(`error when applying "${manifest.source}": resource name may not be empty`);
  const kind = definitionOf(resource);
  const current = await connection.client.get(kind, { name, namespace }).catch((error: unknown) => {
    if (error instanceof StatusError && error.code === 404) return undefined;
    throw error;
  });
  const wanted = withLastApplied(object);
  const write = {
    dryRun: options.dryRun === "server",
    fieldManager: options.fieldManager ?? FIELD_MANAGER,
    fieldValidation: fieldValidation(options.validate),
  };
  if (!current) return report(await connection.client.create(kind, wanted, write), resource, "created", options);
  const patch = await patchBetween(resource, lastAppliedOf(current) ?? {}, wanted, current);
  if (isEmptyPatch(patch)) return report(current, resource, "unchanged", options);
  const next = await connection.client.patch(kind, { name, namespace }, patch, write);
  return report(next, resource, next.metadata.resourceVersion === current.metadata.resourceVersion ? "unchanged" : "configured", options);
}
