import { type ApiObject, type Column, defineKind, isPathSegmentName } from "@wherry/machinery";
import type { Role as Type } from "../../generated/types.ts";
import { nameColumn } from "../columns.ts";
import { notActedOn } from "../not-acted-on.ts";
import { RBAC_GROUP } from "./binding.ts";
import { validateRules } from "./rules.ts";

export type Role = Type;

/** Source: printers `printRole`: a time, not an age. */
export const roleColumns: readonly Column<ApiObject>[] = [
  nameColumn,
  { name: "Created At", type: "date", value: (o) => o.metadata.creationTimestamp ?? "" },
];

export const Role = defineKind<Role>({
  group: RBAC_GROUP,
  version: "v1",
  kind: "Role",
  plural: "roles",
  singular: "role",
  scope: "Namespaced",
  schema: "io.k8s.api.rbac.v1.Role",
  allowCreateOnUpdate: true,
  validateName: isPathSegmentName,
  validate: (o) => validateRules(o.rules, true),
  warnings: notActedOn,
  columns: roleColumns,
});
