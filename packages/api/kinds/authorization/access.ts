import { type ApiObject, type FieldError, invalid } from "@wherry/machinery";
import type { SelfSubjectAccessReviewSpec, SubjectAccessReviewSpec } from "../../generated/types.ts";

/** A question is about a resource or about a path, never about both. Source: authorization validation `ValidateSelfSubjectAccessReviewSpec`. */
export function validateQuestion({ resourceAttributes, nonResourceAttributes }: SelfSubjectAccessReviewSpec): FieldError[] {
  if (resourceAttributes && nonResourceAttributes)
    return [invalid("spec.nonResourceAttributes", nonResourceAttributes, "cannot be specified in combination with resourceAttributes")];
  if (resourceAttributes || nonResourceAttributes) return [];
  const detail = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
  return [invalid("spec.resourceAttributes", null, detail)];
}

/** Source: authorization validation `ValidateSubjectAccessReviewSpec`. */
export function validateSubject({ user, groups }: SubjectAccessReviewSpec): FieldError[] {
  return user || groups?.length ? [] : [invalid("spec.user", user ?? "", "at least one of user or group must be specified")];
}

/** A question has no name or labels. Source: authorization validation `ValidateSubjectAccessReview`. */
export function validateNoMetadata({ metadata }: ApiObject, exceptNamespace = false): FieldError[] {
  const { managedFields: _, namespace, ...rest } = metadata;
  const given = { ...rest, ...(namespace && !exceptNamespace && { namespace }) };
  if (Object.values(given).every((value) => value === undefined)) return [];
  return [invalid("metadata", given, exceptNamespace ? "must be empty except for namespace" : "must be empty")];
}
