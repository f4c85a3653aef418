import { defineKind } from "@wherry/machinery";
import type { SelfSubjectAccessReview as Type } from "../../generated/types.ts";
import { VIRTUAL } from "../virtual.ts";
import { validateNoMetadata, validateQuestion } from "./access.ts";

export type SelfSubjectAccessReview = Type;

/** "May I?" */
export const SelfSubjectAccessReview = defineKind<SelfSubjectAccessReview>({
  ...VIRTUAL,
  group: "authorization.k8s.io",
  kind: "SelfSubjectAccessReview",
  plural: "selfsubjectaccessreviews",
  singular: "selfsubjectaccessreview",
  scope: "Cluster",
  schema: "io.k8s.api.authorization.v1.SelfSubjectAccessReview",
  defaults(o) {
    o.spec ??= {};
  },
  validate: (o) => [...validateQuestion(o.spec), ...validateNoMetadata(o)],
});
