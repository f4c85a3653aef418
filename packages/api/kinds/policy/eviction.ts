import { defineKind } from "@wherry/machinery";
import type { Eviction as Type } from "../../generated/types.ts";
import { VIRTUAL } from "../virtual.ts";

export type Eviction = Type;

/** "Delete this pod if its budget allows it": what is posted to `pods/eviction`. It has no path of its own, so it is not among the kinds that are served. */
export const Eviction = defineKind<Eviction>({
  ...VIRTUAL,
  group: "policy",
  kind: "Eviction",
  plural: "evictions",
  singular: "eviction",
  scope: "Namespaced",
  schema: "io.k8s.api.policy.v1.Eviction",
});
