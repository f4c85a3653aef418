import { defineKind } from "@wherry/machinery";
import type { ReplicaSet as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";

export type ReplicaSet = Type;

export const ReplicaSet = defineKind<ReplicaSet>({
  group: "apps",
  version: "v1",
  kind: "ReplicaSet",
  plural: "replicasets",
  singular: "replicaset",
  shortNames: ["rs"],
  categories: ["all"],
  scope: "Namespaced",
  schema: "io.k8s.api.apps.v1.ReplicaSet",
  hasGeneration: true,
  subresources: {
    status: { type: "status" },
    scale: {
      type: "scale",
      specReplicasPath: ".spec.replicas",
      statusReplicasPath: ".status.replicas",
      labelSelectorPath: ".spec.selector",
    },
  },
  selectableFields: { "status.replicas": (o) => String(o.status?.replicas ?? 0) },
  columns: [nameColumn, ageColumn],
});
