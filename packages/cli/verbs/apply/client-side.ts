import { StatusError } from "@wherry/base/status-error.ts";
import type { ApiObject } from "@wherry/machinery";
import { LAST_APPLIED, lastAppliedOf, withLastApplied } from "@wherry/machinery/patch/last-applied.ts";
import type { Connection } from "../../connection.ts";
import { type DeletionFlags, deleteObject, deletionOptions, deletionTimeout, untilAllGone } from "../../deletion.ts";
import { fieldValidation } from "../../flags.ts";
import type { ManifestObject } from "../../manifests.ts";
import type { WriteFlags } from "../../output/report.ts";
import { isEmptyPatch, patchBetween } from "../../patch-between.ts";
import { definitionOf, type Resource } from "../../resource-catalogue.ts";

/** A manifest in its place. */
export interface Placed {
  resource: Resource;
  object: ManifestObject["object"];
  name: string;
  namespace: string | undefined;
}

/** What applying did. */
export interface Outcome {
  result: ApiObject;
  /** `created`, `configured`, `unchanged`, `serverside-applied`. */
  what: string;
}

interface Options extends WriteFlags, DeletionFlags {
  validate?: string;
  /** False: the manifest is not kept in the object. */
  annotate?: boolean;
}

/** The object as the server has it; undefined when it has none. */
export async function currentOf({ client }: Connection, { resource, name, namespace }: Placed): Promise<ApiObject | undefined> {
  return client.get(definitionOf(resource), { name, namespace }).catch((error: unknown) => {
    if (error instanceof StatusError && error.code === 404) return undefined;
    throw error;
  });
}

/**
 * Applies by a three-way merge of the last applied manifest, this one, and the object; the manifest is kept in an annotation. With `force`, what cannot be changed is
 * deleted and made anew. Source: kubectl pkg/cmd/apply/patcher.go.
 */
export async function applyClientSide(connection: Connection, placed: Placed, options: Options): Promise<Outcome> {
  const { resource, object, name, namespace } = placed;
  const kind = definitionOf(resource);
  const current = await currentOf(connection, placed);
  const wanted = options.annotate === false ? withoutLastApplied(object) : withLastApplied(object);
  const send = {
    dryRun: options.dryRun === "server",
    fieldManager: options.fieldManager ?? "kubectl-client-side-apply",
    fieldValidation: fieldValidation(options.validate),
  };
  if (options.dryRun === "client") return { result: current ?? (wanted as ApiObject), what: current ? "configured" : "created" };
  if (!current) return { result: await connection.client.create(kind, wanted, send), what: "created" };
  if (!lastAppliedOf(current) && options.annotate !== false) warnOfMissing(resource, name);
  const patch = await patchBetween(resource, lastAppliedOf(current) ?? {}, wanted, current);
  if (isEmptyPatch(patch)) return { result: current, what: "unchanged" };
  try {
    return { result: await connection.client.patch(kind, { name, namespace }, patch, send), what: "configured" };
  } catch (error) {
    const replaceable = options.force && !send.dryRun && error instanceof StatusError && (error.code === 409 || error.code === 422);
    if (!replaceable) throw error;
    const gone = await deleteObject(connection, placed, deletionOptions({ ...options, force: false }), true);
    if (gone) await untilAllGone(connection, [gone], deletionTimeout(options));
    return { result: await connection.client.create(kind, wanted, send), what: "configured" };
  }
}

/** The annotations stay a mapping, if an empty one: leaving it out would say that all of them are to go. */
function withoutLastApplied(object: Placed["object"]): Placed["object"] {
  const { [LAST_APPLIED]: _, ...annotations } = object.metadata.annotations ?? {};
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** Source: kubectl pkg/cmd/apply/apply.go. */
function warnOfMissing(resource: Resource, name: string): void {
  process.stderr.write(
    `Warning: resource ${resource.name}/${name} is missing the ${LAST_APPLIED} annotation which is required by wherry apply. wherry apply should only be used on resources created declaratively by either wherry create --save-config or wherry apply. The missing annotation will be patched automatically.\n`,
  );
}
