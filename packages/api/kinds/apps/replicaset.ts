import { defineKind, type FieldError, required, semanticEqual } from "@wherry/machinery";
import type { ReplicaSet as Type } from "../../generated/types.ts";
import { defaultPodTemplate } from "../core/pod/template.ts";
import { podWarnings } from "../core/pod/warnings.ts";
import { podNameWarnings } from "../pod-names.ts";
import { immutable, nonNegative } from "../rules.ts";
import { keepOtherHalf } from "../status.ts";
import { replicaColumns, validateLastingPods } from "./pods.ts";
import { scale } from "./scale.ts";
import { formatSelector, validateSelector } from "./selector.ts";

export type ReplicaSet = Type;

export const ReplicaSet = defineKind<ReplicaSet>({
  group: "apps",
  version: "v1",
  kind: "ReplicaSet",
  plural: "replicasets",
  singular: "replicaset",
  shortNames: ["rs"],
  categories: ["all"],
  scope: "Namespaced",
  schema: "io.k8s.api.apps.v1.ReplicaSet",
  hasGeneration: true,
  subresources: { status: { type: "status" }, scale },
  prepareForCreate(o) {
    o.status = { replicas: 0 };
  },
  prepareForUpdate: keepOtherHalf,
  defaults(o) {
    o.spec ??= {} as ReplicaSet["spec"];
    o.spec.replicas ??= 1;
    if (o.spec.template) o.spec.template = defaultPodTemplate(o.spec.template);
  },
  validate,
  validateUpdate: (next, prev) => immutable("spec.selector", next.spec.selector, semanticEqual(next.spec.selector, prev.spec.selector)),
  warnings: (o) => [...podNameWarnings(o), ...(o.spec?.template ? podWarnings(o.spec.template, "spec.template.") : [])],
  selectableFields: { "status.replicas": (o) => String(o.status?.replicas ?? 0) },
  columns: replicaColumns((o) => formatSelector(o.spec.selector)),
});

/** Source: apps validation `ValidateReplicaSetSpec`. */
function validate(o: ReplicaSet): FieldError[] {
  const { template, selector, replicas, minReadySeconds } = o.spec;
  return [
    ...nonNegative("spec.replicas", replicas),
    ...nonNegative("spec.minReadySeconds", minReadySeconds),
    ...validateSelector(selector, template, "replicaset"),
    ...(template ? validateLastingPods(template, "ReplicaSet") : [required("spec.template")]),
  ];
}
