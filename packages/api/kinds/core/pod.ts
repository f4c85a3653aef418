import { defineKind } from "@wherry/machinery";
import type { Pod as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";

export type Pod = Type;

export const Pod = defineKind<Pod>({
  group: "",
  version: "v1",
  kind: "Pod",
  plural: "pods",
  singular: "pod",
  shortNames: ["po"],
  categories: ["all"],
  scope: "Namespaced",
  schema: "io.k8s.api.core.v1.Pod",
  subresources: {
    status: { type: "status" },
    binding: { type: "connect", verbs: ["create"], kind: "Binding" },
    log: { type: "connect", verbs: ["get"], kind: "Pod" },
    exec: { type: "connect", verbs: ["create", "get"], kind: "PodExecOptions" },
  },
  columns: [nameColumn, ageColumn],
});
