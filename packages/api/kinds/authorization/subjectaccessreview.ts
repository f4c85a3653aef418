import { defineKind } from "@wherry/machinery";
import type { SubjectAccessReview as Type } from "../../generated/types.ts";
import { VIRTUAL } from "../virtual.ts";
import { validateNoMetadata, validateQuestion, validateSubject } from "./access.ts";

export type SubjectAccessReview = Type;

/** "May they?" */
export const SubjectAccessReview = defineKind<SubjectAccessReview>({
  ...VIRTUAL,
  group: "authorization.k8s.io",
  kind: "SubjectAccessReview",
  plural: "subjectaccessreviews",
  singular: "subjectaccessreview",
  scope: "Cluster",
  schema: "io.k8s.api.authorization.v1.SubjectAccessReview",
  defaults(o) {
    o.spec ??= {};
  },
  validate: (o) => [...validateQuestion(o.spec), ...validateSubject(o.spec), ...validateNoMetadata(o)],
});
