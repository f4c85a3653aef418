import { defineKind, type FieldError, invalid } from "@wherry/machinery";
import type { LocalSubjectAccessReview as Type } from "../../generated/types.ts";
import { VIRTUAL } from "../virtual.ts";
import { validateNoMetadata, validateQuestion, validateSubject } from "./access.ts";

export type LocalSubjectAccessReview = Type;

/** "May they, in this namespace?" */
export const LocalSubjectAccessReview = defineKind<LocalSubjectAccessReview>({
  ...VIRTUAL,
  group: "authorization.k8s.io",
  kind: "LocalSubjectAccessReview",
  plural: "localsubjectaccessreviews",
  singular: "localsubjectaccessreview",
  scope: "Namespaced",
  schema: "io.k8s.api.authorization.v1.LocalSubjectAccessReview",
  defaults(o) {
    o.spec ??= {};
  },
  validate: (o) => [...validateQuestion(o.spec), ...validateSubject(o.spec), ...validateNoMetadata(o, true), ...local(o)],
});

/** Source: authorization validation `ValidateLocalSubjectAccessReview`. */
function local({ metadata, spec }: LocalSubjectAccessReview): FieldError[] {
  const { resourceAttributes, nonResourceAttributes } = spec;
  const inside = resourceAttributes?.namespace ?? "";
  const elsewhere = resourceAttributes && inside !== (metadata.namespace ?? "");
  return [
    ...(elsewhere ? [invalid("spec.resourceAttributes.namespace", inside, "must match metadata.namespace")] : []),
    ...(nonResourceAttributes ? [invalid("spec.nonResourceAttributes", nonResourceAttributes, "disallowed on this kind of request")] : []),
  ];
}
