import { deepEqual } from "./deep-equal.ts";
import { type FieldError, forbiddenField, invalid } from "./field-error.ts";
import type { ObjectMeta } from "./object.ts";
import { validateAnnotations, validateFinalizers, validateLabels, validateManagedFields } from "./object-meta-validation.ts";
import { validateOwnerReferences } from "./owner-reference-validation.ts";

const IMMUTABLE = ["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"] as const;

/**
 * What is wrong with a change of metadata. An empty uid or creationTimestamp means "as it was". Source: apimachinery
 * `validation.ValidateObjectMetaUpdate`, `ValidateObjectMeta`.
 * The options: the `path` of the metadata; whether finalizers may be any qualified name.
 */
export function validateObjectMetaUpdate(
  next: Partial<ObjectMeta>,
  prev: Partial<ObjectMeta>,
  { path = "metadata", anyFinalizer = false }: { path?: string; anyFinalizer?: boolean } = {},
): FieldError[] {
  const errors = prev.deletionTimestamp ? newFinalizerErrors(next.finalizers, prev.finalizers, `${path}.finalizers`) : [];
  if (!next.resourceVersion) errors.push(invalid(`${path}.resourceVersion`, next.resourceVersion ?? "", "must be specified for an update"));
  if ((next.generation ?? 0) < (prev.generation ?? 0))
    errors.push(invalid(`${path}.generation`, next.generation ?? 0, "must not be decremented"));
  for (const field of IMMUTABLE) {
    const unset = (field === "uid" || field === "creationTimestamp") && !next[field];
    if (!unset && !deepEqual(next[field] || undefined, prev[field] || undefined)) errors.push(immutable(`${path}.${field}`, next[field]));
  }
  return [
    ...errors,
    ...validateLabels(next.labels, `${path}.labels`),
    ...validateAnnotations(next.annotations, `${path}.annotations`),
    ...validateOwnerReferences(next.ownerReferences, `${path}.ownerReferences`),
    ...validateFinalizers(next.finalizers, `${path}.finalizers`, anyFinalizer),
    ...validateManagedFields(next.managedFields, `${path}.managedFields`),
  ];
}

/** The error of a field that may never change. Source: apimachinery `validation.FieldImmutableErrorMsg`. */
export function immutable(field: string, value: unknown): FieldError {
  return invalid(field, value ?? "", "field is immutable");
}

/** An error when `next` differs from `prev`, comparing whole values. Source: apimachinery `validation.ValidateImmutableField`. */
export function validateImmutable(next: unknown, prev: unknown, field: string): FieldError[] {
  return deepEqual(next, prev) ? [] : [immutable(field, next)];
}

function newFinalizerErrors(next: readonly string[] = [], prev: readonly string[] = [], path: string): FieldError[] {
  const extra = next.filter((name) => !prev.includes(name)).sort();
  if (extra.length === 0) return [];
  const shown = `[]string{${extra.map((name) => JSON.stringify(name)).join(", ")}}`;
  return [forbiddenField(path, `no new finalizers can be added if the object is being deleted, found new finalizers ${shown}`)];
}
