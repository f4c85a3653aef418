import { defineKind } from "@wherry/machinery";
import type { Binding as Type } from "../../generated/types.ts";
import { VIRTUAL } from "../virtual.ts";

export type Binding = Type;

/** "Run this pod on that node". The old way to say it; the new one is the subresource of the pod. */
export const Binding = defineKind<Binding>({
  ...VIRTUAL,
  group: "",
  kind: "Binding",
  plural: "bindings",
  singular: "binding",
  scope: "Namespaced",
  schema: "io.k8s.api.core.v1.Binding",
});
