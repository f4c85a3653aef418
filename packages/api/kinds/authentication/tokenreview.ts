import { defineKind } from "@wherry/machinery";
import type { TokenReview as Type } from "../../generated/types.ts";
import { VIRTUAL } from "../virtual.ts";

export type TokenReview = Type;

/** "Whose token is this?" */
export const TokenReview = defineKind<TokenReview>({
  ...VIRTUAL,
  group: "authentication.k8s.io",
  kind: "TokenReview",
  plural: "tokenreviews",
  singular: "tokenreview",
  scope: "Cluster",
  schema: "io.k8s.api.authentication.v1.TokenReview",
  defaults(o) {
    o.spec ??= {};
  },
});
