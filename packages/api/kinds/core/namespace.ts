import { defineKind } from "@wherry/machinery";
import type { Namespace as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";

export type Namespace = Type;

export const Namespace = defineKind<Namespace>({
  group: "",
  version: "v1",
  kind: "Namespace",
  plural: "namespaces",
  singular: "namespace",
  shortNames: ["ns"],
  scope: "Cluster",
  schema: "io.k8s.api.core.v1.Namespace",
  specFinalizers: true,
  subresources: { status: { type: "status" } },
  selectableFields: { "status.phase": (o) => o.status?.phase ?? "" },
  columns: [nameColumn, { name: "Status", type: "string", value: (o) => o.status?.phase ?? "" }, ageColumn],
});
