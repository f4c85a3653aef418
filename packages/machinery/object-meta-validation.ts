import { type FieldError, forbiddenField, invalid, required, tooLong } from "./field-error.ts";
import { fieldManagerErrors } from "./field-manager.ts";
import { isDNS1123Label, isDNS1123Subdomain, isQualifiedName, isValidLabelValue, ofPrefix } from "./names.ts";
import type { ManagedFieldsEntry, ObjectMeta } from "./object.ts";
import { validateOwnerReferences } from "./owner-reference-validation.ts";

/** Source: apimachinery `validation.TotalAnnotationSizeLimitB`. */
const ANNOTATION_BYTES = 256 * 1024;
/** Source: apimachinery `validation.MaxSubresourceNameLength`. */
const MAX_SUBRESOURCE = 256;
const STANDARD_FINALIZERS: ReadonlySet<string> = new Set(["kubernetes", "orphan", "foregroundDeletion"]);

export interface ObjectMetaRules {
  namespaced: boolean;
  /** Rule for `metadata.name`; DNS-1123 subdomain when absent. */
  validateName?: (name: string) => string[];
  /** Path of the metadata; `metadata` when absent. */
  path?: string;
  /** Whether finalizers may be any qualified name. */
  anyFinalizer?: boolean;
}

/** What is wrong with an object's metadata. Source: apimachinery `validation.ValidateObjectMeta`, core `ValidateObjectMeta`. */
export function validateObjectMeta(meta: Partial<ObjectMeta>, rules: ObjectMetaRules): FieldError[] {
  const path = rules.path ?? "metadata";
  return [
    ...nameErrors(meta, rules.validateName ?? isDNS1123Subdomain, path),
    ...namespaceErrors(meta.namespace, rules.namespaced, `${path}.namespace`),
    ...((meta.generation ?? 0) < 0 ? [invalid(`${path}.generation`, meta.generation, "must be greater than or equal to 0")] : []),
    ...validateLabels(meta.labels, `${path}.labels`),
    ...validateAnnotations(meta.annotations, `${path}.annotations`),
    ...validateOwnerReferences(meta.ownerReferences, `${path}.ownerReferences`),
    ...validateFinalizers(meta.finalizers, `${path}.finalizers`, rules.anyFinalizer),
    ...validateManagedFields(meta.managedFields, `${path}.managedFields`),
  ];
}

function nameErrors(meta: Partial<ObjectMeta>, rule: (name: string) => string[], path: string): FieldError[] {
  const { generateName } = meta;
  const errors = generateName ? ofPrefix(rule, generateName).map((m) => invalid(`${path}.generateName`, generateName, m)) : [];
  if (!meta.name) return [...errors, required(`${path}.name`, "name or generateName is required")];
  return [...errors, ...rule(meta.name).map((m) => invalid(`${path}.name`, meta.name, m))];
}

function namespaceErrors(namespace: string | undefined, namespaced: boolean, path: string): FieldError[] {
  if (!namespaced) return namespace ? [forbiddenField(path, "not allowed on this type")] : [];
  if (!namespace) return [required(path)];
  return isDNS1123Label(namespace).map((m) => invalid(path, namespace, m));
}

/** Source: apimachinery `v1validation.ValidateLabels`. */
export function validateLabels(labels: Readonly<Record<string, string>> | undefined, path: string): FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...isQualifiedName(key).map((m) => invalid(path, key, m)),
    ...isValidLabelValue(value).map((m) => invalid(path, value, m)),
  ]);
}

/** Keys are qualified names whatever their case; all together hold at most 256 KiB. Source: apimachinery `ValidateAnnotations`. */
export function validateAnnotations(annotations: Readonly<Record<string, string>> | undefined, path: string): FieldError[] {
  const entries = Object.entries(annotations ?? {});
  const errors = entries.flatMap(([key]) => isQualifiedName(key.toLowerCase()).map((m) => invalid(path, key, m)));
  const bytes = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  return bytes > ANNOTATION_BYTES ? [...errors, tooLong(path, ANNOTATION_BYTES)] : errors;
}

/**
 * Each has a domain, or is one of the standard names; with `any`, a qualified name will do. Source: apimachinery `ValidateFinalizers`, core
 * `validateKubeFinalizerName`.
 */
export function validateFinalizers(finalizers: readonly string[] | undefined, path: string, any = false): FieldError[] {
  const errors = (finalizers ?? []).flatMap((name) => isQualifiedName(name).map((m) => invalid(path, name, m)));
  if (finalizers?.includes("orphan") && finalizers.includes("foregroundDeletion"))
    errors.push(invalid(path, finalizers, "finalizer orphan and foregroundDeletion cannot be both set"));
  if (any) return errors;
  for (const [i, name] of (finalizers ?? []).entries())
    if (!name.includes("/") && !STANDARD_FINALIZERS.has(name))
      errors.push(invalid(`${path}[${i}]`, name, "name is neither a standard finalizer name nor is it fully qualified"));
  return errors;
}

/** Source: apimachinery `v1validation.ValidateManagedFields`. */
export function validateManagedFields(entries: readonly ManagedFieldsEntry[] | undefined, path: string): FieldError[] {
  return (entries ?? []).flatMap((entry, i) => {
    const at = `${path}[${i}]`;
    const errors: FieldError[] = [];
    if (entry.operation !== "Apply" && entry.operation !== "Update")
      errors.push(invalid(`${at}.operation`, entry.operation ?? "", "must be `Apply` or `Update`"));
    if (entry.fieldsType && entry.fieldsType !== "FieldsV1")
      errors.push(invalid(`${at}.fieldsType`, entry.fieldsType, "must be `FieldsV1`"));
    if ((entry.subresource?.length ?? 0) > MAX_SUBRESOURCE) errors.push(tooLong(`${at}.subresource`, MAX_SUBRESOURCE));
    return [...errors, ...fieldManagerErrors(entry.manager ?? "", `${at}.manager`)];
  });
}
