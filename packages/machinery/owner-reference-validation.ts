import { type FieldError, invalid } from "./field-error.ts";
import type { OwnerReference } from "./object.ts";

/** Source: apimachinery `validation.ValidateOwnerReferences`. */
export function validateOwnerReferences(references: readonly OwnerReference[] | undefined, path: string): FieldError[] {
  const errors = (references ?? []).flatMap((reference) => referenceErrors(reference, path));
  const [first, ...more] = (references ?? []).filter((r) => r.controller);
  const label = (r: OwnerReference) => `${r.kind}/${r.name}`;
  for (const other of more) {
    const found = `Found "true" in references for ${label(first!)} and ${label(other)}`;
    errors.push(invalid(path, references, `Only one reference can have Controller set to true. ${found}`));
  }
  return errors;
}

function referenceErrors(reference: OwnerReference, path: string): FieldError[] {
  const { apiVersion = "", kind, name, uid } = reference;
  const parts = apiVersion.split("/");
  const version = parts.length > 2 ? "" : parts.at(-1);
  const errors: FieldError[] = [];
  if (!version) errors.push(invalid(`${path}.apiVersion`, apiVersion, "version must not be empty"));
  if (!kind) errors.push(invalid(`${path}.kind`, kind ?? "", "kind must not be empty"));
  if (!name) errors.push(invalid(`${path}.name`, name ?? "", "name must not be empty"));
  if (!uid) errors.push(invalid(`${path}.uid`, uid ?? "", "uid must not be empty"));
  if (apiVersion === "v1" && kind === "Event") errors.push(invalid(path, reference, "/v1, Kind=Event is disallowed from being an owner"));
  return errors;
}
