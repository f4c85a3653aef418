import { defineKind } from "@wherry/machinery";
import type { ConfigMap as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";

export type ConfigMap = Type;

export const ConfigMap = defineKind<ConfigMap>({
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  singular: "configmap",
  shortNames: ["cm"],
  scope: "Namespaced",
  schema: "io.k8s.api.core.v1.ConfigMap",
  columns: [
    nameColumn,
    { name: "Data", type: "string", value: (o) => Object.keys(o.data ?? {}).length + Object.keys(o.binaryData ?? {}).length },
    ageColumn,
  ],
});
