import { StatusError } from "@wherry/base/status-error.ts";
import type { ApiObject } from "@wherry/machinery";
import { LAST_APPLIED, withLastApplied } from "@wherry/machinery/patch/last-applied.ts";
import type { Connection } from "../../connection.ts";
import { UsageError } from "../../errors.ts";
import { fieldValidation } from "../../flags.ts";
import type { WriteFlags } from "../../output/report.ts";
import { definitionOf } from "../../resource-catalogue.ts";
import type { Outcome, Placed } from "./client-side.ts";
import { migratedManagers } from "./migration.ts";

interface Options extends WriteFlags {
  validate?: string;
  forceConflicts?: boolean;
  subresource?: string;
}

/** Where kubectl keeps the annotation of client-side apply up to date for those who go back to it. Source: kubectl pkg/cmd/apply/apply.go. */
const LAST_APPLIED_MANAGER = "kubectl-last-applied";

/** Applies by the server's own merge. Fields that client-side apply set before go over to this manager, so that later applies can remove them. */
export async function applyServerSide(
  { client }: Connection,
  { resource, object, name, namespace }: Placed,
  options: Options,
): Promise<Outcome> {
  const kind = definitionOf(resource);
  const fieldManager = options.fieldManager ?? "kubectl";
  const send = {
    dryRun: options.dryRun === "server",
    fieldManager,
    fieldValidation: fieldValidation(options.validate),
    subresource: options.subresource,
  };
  const patch = { type: "apply", body: withoutRevision(object), force: Boolean(options.forceConflicts) } as const;
  const apply = () => client.patch(kind, { name, namespace }, patch, send).catch(explain);
  let result: ApiObject = await apply();
  if (send.dryRun || options.subresource) return { result, what: "serverside-applied" };
  const migration = migratedManagers(result, fieldManager);
  if (migration) {
    await client.patch(kind, { name, namespace }, { type: "json", body: migration });
    result = await apply();
  }
  if (result.metadata.annotations?.[LAST_APPLIED]) {
    const annotations = withLastApplied(object).metadata.annotations;
    const body = {
      apiVersion: object.apiVersion,
      kind: object.kind,
      metadata: { name, ...(namespace && { namespace }), annotations: { [LAST_APPLIED]: annotations?.[LAST_APPLIED] } },
    };
    result = await client.patch(kind, { name, namespace }, { type: "apply", body, force: true }, { fieldManager: LAST_APPLIED_MANAGER });
  }
  return { result, what: "serverside-applied" };
}

/** A manifest that came from `get -o yaml` carries what only the server may set. */
function withoutRevision(object: Placed["object"]): object {
  const { managedFields: _, ...metadata } = object.metadata as Placed["object"]["metadata"] & { managedFields?: unknown };
  return { ...object, metadata };
}

function explain(error: unknown): never {
  if (
    !(error instanceof StatusError) ||
    error.code !== 409 ||
    !error.status.details?.causes?.some((c) => c.reason === "FieldManagerConflict")
  )
    throw error;
  throw new UsageError(`${error.message}\n${CONFLICTS}`);
}

/** What can be done about it. */
const CONFLICTS = `Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the \`--force-conflicts\` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts`;
