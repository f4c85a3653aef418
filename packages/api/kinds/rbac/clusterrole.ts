import { defineKind, type FieldError, isPathSegmentName, required, validateLabelSelector } from "@wherry/machinery";
import type { AggregationRule, ClusterRole as Type } from "../../generated/types.ts";
import { createdAtColumns } from "../columns.ts";
import { type InertField, inertFieldWarnings, NO_EFFECT } from "../inert-field.ts";
import { each } from "../rules.ts";
import { RBAC_GROUP } from "./binding.ts";
import { validateRules } from "./rules.ts";

export type ClusterRole = Type;

export const CLUSTER_ROLE_INERT_FIELDS: readonly InertField[] = [{ path: "aggregationRule", note: NO_EFFECT }];

export const ClusterRole = defineKind<ClusterRole>({
  group: RBAC_GROUP,
  version: "v1",
  kind: "ClusterRole",
  plural: "clusterroles",
  singular: "clusterrole",
  scope: "Cluster",
  schema: "io.k8s.api.rbac.v1.ClusterRole",
  allowCreateOnUpdate: true,
  validateName: isPathSegmentName,
  validate: (o) => [...validateRules(o.rules, false), ...(o.aggregationRule ? aggregation(o.aggregationRule) : [])],
  warnings: (o) => inertFieldWarnings(o, CLUSTER_ROLE_INERT_FIELDS),
  columns: createdAtColumns,
});

/** Source: rbac validation `ValidateClusterRole`. */
function aggregation({ clusterRoleSelectors }: AggregationRule): FieldError[] {
  const path = "aggregationRule.clusterRoleSelectors";
  const none = clusterRoleSelectors?.length
    ? []
    : [required(path, "at least one clusterRoleSelector required if aggregationRule is non-nil")];
  return [...none, ...each(clusterRoleSelectors, path, validateLabelSelector)];
}
