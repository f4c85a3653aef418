import { defineKind } from "@wherry/machinery";
import type { SelfSubjectRulesReview as Type } from "../../generated/types.ts";
import { VIRTUAL } from "../virtual.ts";

export type SelfSubjectRulesReview = Type;

/** "What may I do in this namespace?" */
export const SelfSubjectRulesReview = defineKind<SelfSubjectRulesReview>({
  ...VIRTUAL,
  group: "authorization.k8s.io",
  kind: "SelfSubjectRulesReview",
  plural: "selfsubjectrulesreviews",
  singular: "selfsubjectrulesreview",
  scope: "Cluster",
  schema: "io.k8s.api.authorization.v1.SelfSubjectRulesReview",
  defaults(o) {
    o.spec ??= {};
  },
});
