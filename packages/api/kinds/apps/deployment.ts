import { type Column, defineKind, type FieldError, invalid, required, semanticEqual } from "@wherry/machinery";
import type { Deployment as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { defaultPodTemplate } from "../core/pod/template.ts";
import { podWarnings } from "../core/pod/warnings.ts";
import { podNameWarnings } from "../pod-names.ts";
import { immutable, nonNegative } from "../rules.ts";
import { keepOtherHalf } from "../status.ts";
import { defaultStrategy, validateStrategy } from "./deployment-strategy.ts";
import { containerImages, containerNames, validateLastingPods } from "./pods.ts";
import { scale } from "./scale.ts";
import { formatSelector, validateSelector } from "./selector.ts";

export type Deployment = Type;

const HISTORY_LIMIT = 10;
const PROGRESS_DEADLINE_SECONDS = 600;

const columns: readonly Column<Deployment>[] = [
  nameColumn,
  { name: "Ready", type: "string", value: (o) => `${o.status?.readyReplicas ?? 0}/${o.spec.replicas ?? 0}` },
  { name: "Up-to-date", type: "string", value: (o) => o.status?.updatedReplicas ?? 0 },
  { name: "Available", type: "string", value: (o) => o.status?.availableReplicas ?? 0 },
  ageColumn,
  { name: "Containers", type: "string", priority: 1, value: (o) => containerNames(o.spec.template) },
  { name: "Images", type: "string", priority: 1, value: (o) => containerImages(o.spec.template) },
  { name: "Selector", type: "string", priority: 1, value: (o) => formatSelector(o.spec.selector) },
];

export const Deployment = defineKind<Deployment>({
  group: "apps",
  version: "v1",
  kind: "Deployment",
  plural: "deployments",
  singular: "deployment",
  shortNames: ["deploy"],
  categories: ["all"],
  scope: "Namespaced",
  schema: "io.k8s.api.apps.v1.Deployment",
  hasGeneration: true,
  subresources: { status: { type: "status" }, scale },
  prepareForCreate(o) {
    o.status = {};
  },
  statusKeeps: ["labels"],
  prepareForUpdate: keepOtherHalf,
  defaults,
  validate,
  validateUpdate: (next, prev) => immutable("spec.selector", next.spec.selector, semanticEqual(next.spec.selector, prev.spec.selector)),
  warnings: (o) => [...podNameWarnings(o), ...(o.spec?.template ? podWarnings(o.spec.template, "spec.template.") : [])],
  columns,
});

/** Source: apps/v1 defaults `SetDefaults_Deployment`. */
function defaults(o: Deployment): void {
  o.spec ??= {} as Deployment["spec"];
  o.spec.replicas ??= 1;
  o.spec.strategy = defaultStrategy(o.spec.strategy);
  o.spec.revisionHistoryLimit ??= HISTORY_LIMIT;
  o.spec.progressDeadlineSeconds ??= PROGRESS_DEADLINE_SECONDS;
  if (o.spec.template) o.spec.template = defaultPodTemplate(o.spec.template);
}

/** Source: apps validation `ValidateDeploymentSpec`. */
function validate(o: Deployment): FieldError[] {
  const { spec } = o;
  return [
    ...nonNegative("spec.replicas", spec.replicas),
    ...validateSelector(spec.selector, spec.template, "deployment"),
    ...(spec.template ? validateLastingPods(spec.template, "ReplicaSet") : [required("spec.template")]),
    ...validateStrategy(spec.strategy ?? {}),
    ...nonNegative("spec.minReadySeconds", spec.minReadySeconds),
    ...nonNegative("spec.revisionHistoryLimit", spec.revisionHistoryLimit),
    ...deadline(o),
  ];
}

function deadline({ spec }: Deployment): FieldError[] {
  const path = "spec.progressDeadlineSeconds";
  const seconds = spec.progressDeadlineSeconds ?? PROGRESS_DEADLINE_SECONDS;
  const late = seconds <= (spec.minReadySeconds ?? 0) ? [invalid(path, seconds, "must be greater than minReadySeconds")] : [];
  return [...nonNegative(path, seconds), ...late];
}
