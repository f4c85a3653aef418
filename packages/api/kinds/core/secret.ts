import { defineKind } from "@wherry/machinery";
import type { Secret as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";

export type Secret = Type;

export const Secret = defineKind<Secret>({
  group: "",
  version: "v1",
  kind: "Secret",
  plural: "secrets",
  singular: "secret",
  scope: "Namespaced",
  schema: "io.k8s.api.core.v1.Secret",
  selectableFields: { type: (o) => o.type ?? "" },
  columns: [
    nameColumn,
    { name: "Type", type: "string", value: (o) => o.type ?? "" },
    { name: "Data", type: "string", value: (o) => Object.keys(o.data ?? {}).length },
    ageColumn,
  ],
});
