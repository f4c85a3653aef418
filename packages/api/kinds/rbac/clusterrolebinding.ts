import { defineKind, isPathSegmentName } from "@wherry/machinery";
import type { ClusterRoleBinding as Type } from "../../generated/types.ts";
import { bindingColumns, bindingWarnings, defaultBinding, RBAC_GROUP, validateBinding, validateBindingUpdate } from "./binding.ts";

export type ClusterRoleBinding = Type;

export const ClusterRoleBinding = defineKind<ClusterRoleBinding>({
  group: RBAC_GROUP,
  version: "v1",
  kind: "ClusterRoleBinding",
  plural: "clusterrolebindings",
  singular: "clusterrolebinding",
  scope: "Cluster",
  schema: "io.k8s.api.rbac.v1.ClusterRoleBinding",
  allowCreateOnUpdate: true,
  validateName: isPathSegmentName,
  defaults: defaultBinding,
  validate: (o) => validateBinding(o, ["ClusterRole"], false),
  validateUpdate: validateBindingUpdate,
  warnings: bindingWarnings,
  columns: bindingColumns,
});
