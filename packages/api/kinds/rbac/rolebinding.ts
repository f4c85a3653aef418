import { defineKind, isPathSegmentName } from "@wherry/machinery";
import type { RoleBinding as Type } from "../../generated/types.ts";
import { bindingColumns, bindingWarnings, defaultBinding, RBAC_GROUP, validateBinding, validateBindingUpdate } from "./binding.ts";

export type RoleBinding = Type;

export const RoleBinding = defineKind<RoleBinding>({
  group: RBAC_GROUP,
  version: "v1",
  kind: "RoleBinding",
  plural: "rolebindings",
  singular: "rolebinding",
  scope: "Namespaced",
  schema: "io.k8s.api.rbac.v1.RoleBinding",
  allowCreateOnUpdate: true,
  validateName: isPathSegmentName,
  defaults: defaultBinding,
  validate: (o) => validateBinding(o, ["Role", "ClusterRole"], true),
  validateUpdate: validateBindingUpdate,
  warnings: bindingWarnings,
  columns: bindingColumns,
});
