import { defineKind, type FieldError, invalid, validateLabelSelector } from "@wherry/machinery";
import type { PodDisruptionBudgetSpec, PodDisruptionBudget as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { validateConditions } from "../meta-conditions.ts";
import { atMost100Percent, nonNegative, oneOfIfSet, positiveIntOrPercent } from "../rules.ts";
import { keepOtherHalf } from "../status.ts";

export type PodDisruptionBudget = Type;

export const PodDisruptionBudget = defineKind<PodDisruptionBudget>({
  group: "policy",
  version: "v1",
  kind: "PodDisruptionBudget",
  plural: "poddisruptionbudgets",
  singular: "poddisruptionbudget",
  shortNames: ["pdb"],
  scope: "Namespaced",
  schema: "io.k8s.api.policy.v1.PodDisruptionBudget",
  hasGeneration: true,
  allowUnconditionalUpdate: false,
  subresources: { status: { type: "status" } },
  prepareForCreate(o) {
    o.status = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
  },
  prepareForUpdate: keepOtherHalf,
  defaults(o) {
    o.spec ??= {};
  },
  validate: (o) => [...validateSpec(o.spec, "spec"), ...validateStatus(o.status, "status")],
  columns: [
    nameColumn,
    { name: "Min Available", type: "string", value: (o) => o.spec.minAvailable ?? "N/A" },
    { name: "Max Unavailable", type: "string", value: (o) => o.spec.maxUnavailable ?? "N/A" },
    { name: "Allowed Disruptions", type: "integer", value: (o) => o.status?.disruptionsAllowed ?? 0 },
    ageColumn,
  ],
});

/** Source: policy validation `ValidatePodDisruptionBudgetSpec`. */
function validateSpec(spec: PodDisruptionBudgetSpec, path: string): FieldError[] {
  const both = spec.minAvailable !== undefined && spec.maxUnavailable !== undefined;
  return [
    ...(both ? [invalid(path, spec, "minAvailable and maxUnavailable cannot be both set")] : []),
    ...(["minAvailable", "maxUnavailable"] as const).flatMap((field) => [
      ...positiveIntOrPercent(`${path}.${field}`, spec[field]),
      ...atMost100Percent(`${path}.${field}`, spec[field]),
    ]),
    ...validateLabelSelector(spec.selector, `${path}.selector`),
    ...oneOfIfSet(`${path}.unhealthyPodEvictionPolicy`, spec.unhealthyPodEvictionPolicy, ["AlwaysAllow", "IfHealthyBudget"]),
  ];
}

/** Source: policy validation `ValidatePodDisruptionBudgetStatusUpdate`. */
function validateStatus(status: Type["status"], path: string): FieldError[] {
  const counts = ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"] as const;
  return [
    ...counts.flatMap((field) => nonNegative(`${path}.${field}`, status?.[field])),
    ...validateConditions(status?.conditions, `${path}.conditions`),
  ];
}
