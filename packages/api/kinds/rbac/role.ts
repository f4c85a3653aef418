import { defineKind, isPathSegmentName } from "@wherry/machinery";
import type { Role as Type } from "../../generated/types.ts";
import { createdAtColumns } from "../columns.ts";
import { RBAC_GROUP } from "./binding.ts";
import { validateRules } from "./rules.ts";

export type Role = Type;

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
  columns: createdAtColumns,
});
