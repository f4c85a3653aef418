import { defineKind } from "@wherry/machinery";
import type { Endpoints as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";

export type Endpoints = Type;

export const Endpoints = defineKind<Endpoints>({
  group: "",
  version: "v1",
  kind: "Endpoints",
  plural: "endpoints",
  singular: "endpoints",
  shortNames: ["ep"],
  scope: "Namespaced",
  schema: "io.k8s.api.core.v1.Endpoints",
  columns: [nameColumn, ageColumn],
});
