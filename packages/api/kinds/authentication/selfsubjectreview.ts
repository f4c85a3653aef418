import { defineKind } from "@wherry/machinery";
import type { SelfSubjectReview as Type } from "../../generated/types.ts";
import { VIRTUAL } from "../virtual.ts";

export type SelfSubjectReview = Type;

/** "Who am I?" */
export const SelfSubjectReview = defineKind<SelfSubjectReview>({
  ...VIRTUAL,
  group: "authentication.k8s.io",
  kind: "SelfSubjectReview",
  plural: "selfsubjectreviews",
  singular: "selfsubjectreview",
  scope: "Cluster",
  schema: "io.k8s.api.authentication.v1.SelfSubjectReview",
});
