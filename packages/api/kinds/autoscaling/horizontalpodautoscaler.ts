import { defineKind, type FieldError, invalid } from "@wherry/machinery";
import type { HorizontalPodAutoscaler as Type } from "../../generated/types.ts";
import { notActedOn } from "../not-acted-on.ts";
import { nonNegative } from "../rules.ts";
import { keepOtherHalf } from "../status.ts";
import { defaultBehavior, validateBehavior } from "./horizontalpodautoscaler/behavior.ts";
import { hpaColumns } from "./horizontalpodautoscaler/columns.ts";
import { defaultMetrics, validateMetrics } from "./horizontalpodautoscaler/metrics.ts";
import { validateReference } from "./reference.ts";

export type HorizontalPodAutoscaler = Type;

export const HorizontalPodAutoscaler = defineKind<HorizontalPodAutoscaler>({
  group: "autoscaling",
  version: "v2",
  kind: "HorizontalPodAutoscaler",
  plural: "horizontalpodautoscalers",
  singular: "horizontalpodautoscaler",
  shortNames: ["hpa"],
  categories: ["all"],
  scope: "Namespaced",
  schema: "io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler",
  subresources: { status: { type: "status" } },
  prepareForCreate(o) {
    o.status = { currentReplicas: 0, desiredReplicas: 0, currentMetrics: [] };
  },
  prepareForUpdate: keepOtherHalf,
  defaults(o) {
    o.spec ??= {} as Type["spec"];
    o.spec.minReplicas ??= 1;
    defaultMetrics(o.spec);
    defaultBehavior(o.spec.behavior);
  },
  validate,
  warnings: notActedOn,
  columns: hpaColumns,
});

/** Source: autoscaling validation `ValidateHorizontalPodAutoscaler`. */
function validate({ spec, status }: Type): FieldError[] {
  const { minReplicas = 1, maxReplicas = 0 } = spec;
  return [
    ...(minReplicas < 1 ? [invalid("spec.minReplicas", minReplicas, "must be greater than or equal to 1")] : []),
    ...(maxReplicas < 1 ? [invalid("spec.maxReplicas", maxReplicas, "must be greater than 0")] : []),
    ...(maxReplicas < minReplicas ? [invalid("spec.maxReplicas", maxReplicas, "must be greater than or equal to `minReplicas`")] : []),
    ...validateReference(spec.scaleTargetRef, "spec.scaleTargetRef"),
    ...validateMetrics(spec.metrics, "spec.metrics"),
    ...validateBehavior(spec.behavior, "spec.behavior"),
    ...nonNegative("status.currentReplicas", status?.currentReplicas),
    ...nonNegative("status.desiredReplicas", status?.desiredReplicas),
  ];
}
