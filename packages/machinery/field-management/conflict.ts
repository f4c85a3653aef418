import { failure, type StatusError } from "@wherry/base";
import { type FieldSet, pathTexts } from "./field-set.ts";
import { compareText, type FieldOwner, ownerId } from "./managed-fields.ts";

/** Fields that an apply would change and that another owns. */
export interface Conflict {
  owner: FieldOwner;
  fields: FieldSet;
}

/**
 * 409 that names every field and its owner, with one cause for each. Source: apimachinery managedfields `NewConflictError`.
 */
export function conflictError(conflicts: readonly Conflict[]): StatusError {
  const sorted = conflicts.map((conflict) => ({ ...conflict, paths: pathTexts(conflict.fields), text: ownerText(conflict.owner) }));
  sorted.sort((a, b) => compareText(ownerId(a.owner), ownerId(b.owner)));
  const causes = sorted.flatMap(({ paths, text }) =>
    paths.map((field) => ({ reason: "FieldManagerConflict", message: `conflict with ${text}`, field })),
  );
  const details = sorted.flatMap(({ paths, text }) => [`conflicts with ${text}:`, ...paths.map((path) => `- ${path}`)]).join("\n");
  const only = causes.length === 1 ? causes[0] : undefined;
  const message = only
    ? `Apply failed with 1 conflict: ${only.message}: ${only.field}`
    : `Apply failed with ${causes.length} conflicts: ${details}`;
  return failure(409, "Conflict", message, { causes });
}

function ownerText({ manager, operation, apiVersion, subresource }: FieldOwner): string {
  const name = `${JSON.stringify(manager)}${subresource ? ` with subresource ${JSON.stringify(subresource)}` : ""}`;
  return operation === "Update" ? `${name} using ${apiVersion}` : name;
}
