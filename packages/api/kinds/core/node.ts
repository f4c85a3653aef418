import { defineKind } from "@wherry/machinery";
import type { Node as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";

export type Node = Type;

export const Node = defineKind<Node>({
  group: "",
  version: "v1",
  kind: "Node",
  plural: "nodes",
  singular: "node",
  shortNames: ["no"],
  scope: "Cluster",
  schema: "io.k8s.api.core.v1.Node",
  subresources: { status: { type: "status" } },
  selectableFields: { "spec.unschedulable": (o) => String(o.spec?.unschedulable ?? false) },
  columns: [nameColumn, ageColumn],
});
