import { defineKind, type FieldError, invalid, labelSelectorOf, required } from "@wherry/machinery";
import type { PodTemplateSpec, ReplicationController as Type } from "../../generated/types.ts";
import { replicaColumns, validateLastingPods } from "../apps/pods.ts";
import { scale } from "../apps/scale.ts";
import { formatLabels } from "../columns.ts";
import { podNameWarnings } from "../pod-names.ts";
import { nonNegative } from "../rules.ts";
import { keepOtherHalf } from "../status.ts";
import { defaultPodTemplate } from "./pod/template.ts";
import { podWarnings } from "./pod/warnings.ts";

export type ReplicationController = Type;

export const ReplicationController = defineKind<ReplicationController>({
  group: "",
  version: "v1",
  kind: "ReplicationController",
  plural: "replicationcontrollers",
  singular: "replicationcontroller",
  shortNames: ["rc"],
  categories: ["all"],
  scope: "Namespaced",
  schema: "io.k8s.api.core.v1.ReplicationController",
  hasGeneration: true,
  defaultPropagation: "Orphan",
  subresources: { status: { type: "status" }, scale },
  prepareForCreate(o) {
    o.status = { replicas: 0 };
  },
  prepareForUpdate: keepOtherHalf,
  defaults,
  validate,
  warnings: (o) => [...podNameWarnings(o), ...(o.spec?.template ? podWarnings(o.spec.template, "spec.template.") : [])],
  selectableFields: { "status.replicas": (o) => String(o.status?.replicas ?? 0) },
  columns: replicaColumns((o) => formatLabels(o.spec.selector)),
});

/** Source: v1 defaults `SetDefaults_ReplicationController`: without a selector or labels of its own it has its pods' labels. */
function defaults(o: ReplicationController): void {
  o.spec ??= {};
  const { spec, metadata } = o;
  const labels = spec.template?.metadata?.labels;
  if (labels) {
    if (isEmpty(spec.selector)) spec.selector = { ...labels };
    if (isEmpty(metadata.labels)) metadata.labels = { ...labels };
  }
  spec.replicas ??= 1;
  if (spec.template) spec.template = defaultPodTemplate(spec.template);
}

const isEmpty = (labels: object | undefined) => Object.keys(labels ?? {}).length === 0;

/** Source: core validation `ValidateReplicationControllerSpec`. */
function validate({ spec }: ReplicationController): FieldError[] {
  const { template, selector } = spec;
  return [
    ...nonNegative("spec.minReadySeconds", spec.minReadySeconds),
    ...(isEmpty(selector) ? [required("spec.selector")] : []),
    ...nonNegative("spec.replicas", spec.replicas),
    ...(template
      ? [...validateLabels(template, selector), ...validateLastingPods(template, "ReplicationController")]
      : [required("spec.template")]),
  ];
}

function validateLabels(template: PodTemplateSpec, selector: Record<string, string> | undefined): FieldError[] {
  const labels = template.metadata?.labels ?? {};
  if (isEmpty(selector) || labelSelectorOf(selector ?? {}).matches(labels)) return [];
  return [invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")];
}
