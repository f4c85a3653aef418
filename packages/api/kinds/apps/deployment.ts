import { defineKind } from "@wherry/machinery";
import type { Deployment as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";

export type Deployment = Type;

export const Deployment = defineKind<Deployment>({
  group: "apps",
  version: "v1",
  kind: "Deployment",
  plural: "deployments",
  singular: "deployment",
  shortNames: ["deploy"],
  categories: ["all"],
  scope: "Namespaced",
  schema: "io.k8s.api.apps.v1.Deployment",
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
  columns: [nameColumn, ageColumn],
});
