import { defineKind } from "@wherry/machinery";
import type { Service as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";

export type Service = Type;

export const Service = defineKind<Service>({
  group: "",
  version: "v1",
  kind: "Service",
  plural: "services",
  singular: "service",
  shortNames: ["svc"],
  categories: ["all"],
  scope: "Namespaced",
  schema: "io.k8s.api.core.v1.Service",
  subresources: { status: { type: "status" } },
  columns: [nameColumn, ageColumn],
});
