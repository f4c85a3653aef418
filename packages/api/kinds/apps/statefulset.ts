import {
  type Column,
  defineKind,
  type FieldError,
  forbiddenField,
  invalid,
  isDNS1123Label,
  required,
  semanticEqual,
  validateAnnotations,
  validateLabels,
} from "@wherry/machinery";
import type { PodTemplateSpec, StatefulSetSpec, StatefulSet as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { defaultClaim } from "../core/persistentvolumeclaim/spec.ts";
import { CLAIM_INERT_FIELDS } from "../core/persistentvolumeclaim.ts";
import { defaultPodTemplate } from "../core/pod/template.ts";
import { podWarnings } from "../core/pod/warnings.ts";
import { inertFieldWarnings } from "../inert-field.ts";
import { nonNegative, oneOf } from "../rules.ts";
import { keepOtherHalf } from "../status.ts";
import { containerImages, containerNames, validateLasting } from "./pods.ts";
import { scale } from "./scale.ts";
import { validateSelector } from "./selector.ts";
import { defaultUpdateStrategy, validateUpdateStrategy } from "./statefulset-strategy.ts";

export type StatefulSet = Type;

const HISTORY_LIMIT = 10;

const columns: readonly Column<StatefulSet>[] = [
  nameColumn,
  { name: "Ready", type: "string", value: (o) => `${o.status?.readyReplicas ?? 0}/${o.spec.replicas ?? 0}` },
  ageColumn,
  { name: "Containers", type: "string", priority: 1, value: (o) => containerNames(o.spec.template) },
  { name: "Images", type: "string", priority: 1, value: (o) => containerImages(o.spec.template) },
];

export const StatefulSet = defineKind<StatefulSet>({
  group: "apps",
  version: "v1",
  kind: "StatefulSet",
  plural: "statefulsets",
  singular: "statefulset",
  shortNames: ["sts"],
  categories: ["all"],
  scope: "Namespaced",
  schema: "io.k8s.api.apps.v1.StatefulSet",
  hasGeneration: true,
  validateName: isDNS1123Label,
  subresources: { status: { type: "status" }, scale },
  prepareForCreate(o) {
    o.status = { replicas: 0, availableReplicas: 0 };
  },
  prepareForUpdate: keepOtherHalf,
  defaults,
  validate,
  validateUpdate,
  warnings: ({ spec }) => [
    ...(spec?.volumeClaimTemplates ?? []).flatMap((claim, i) =>
      inertFieldWarnings(claim, CLAIM_INERT_FIELDS, `spec.volumeClaimTemplates[${i}]`),
    ),
    ...(spec?.template ? podWarnings(spec.template, "spec.template.") : []),
  ],
  columns,
});

/** Source: apps/v1 defaults `SetDefaults_StatefulSet`. */
function defaults(o: StatefulSet): void {
  o.spec ??= {} as StatefulSetSpec;
  const { spec } = o;
  spec.podManagementPolicy ||= "OrderedReady";
  spec.updateStrategy = defaultUpdateStrategy(spec.updateStrategy);
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= HISTORY_LIMIT;
  const kept = spec.persistentVolumeClaimRetentionPolicy;
  spec.persistentVolumeClaimRetentionPolicy = {
    ...kept,
    whenDeleted: kept?.whenDeleted || "Retain",
    whenScaled: kept?.whenScaled || "Retain",
  };
  if (spec.template) spec.template = defaultPodTemplate(spec.template);
  for (const claim of spec.volumeClaimTemplates ?? []) {
    Object.assign(claim, { kind: "PersistentVolumeClaim", apiVersion: "v1" });
    defaultClaim(claim);
  }
}

/** Source: apps validation `ValidateStatefulSetSpec`. */
function validate({ spec }: StatefulSet): FieldError[] {
  const policy = spec.podManagementPolicy ?? "";
  const known = policy === "OrderedReady" || policy === "Parallel";
  const retention = "spec.persistentVolumeClaimRetentionPolicy";
  const { whenDeleted, whenScaled } = spec.persistentVolumeClaimRetentionPolicy ?? {};
  return [
    ...(known ? [] : [invalid("spec.podManagementPolicy", policy, "must be 'OrderedReady' or 'Parallel'")]),
    ...validateUpdateStrategy(spec.updateStrategy ?? {}),
    ...oneOf(`${retention}.whenDeleted`, whenDeleted, ["Delete", "Retain"]),
    ...oneOf(`${retention}.whenScaled`, whenScaled, ["Delete", "Retain"]),
    ...nonNegative("spec.replicas", spec.replicas),
    ...nonNegative("spec.minReadySeconds", spec.minReadySeconds),
    ...nonNegative("spec.ordinals.start", spec.ordinals?.start),
    ...nonNegative("spec.revisionHistoryLimit", spec.revisionHistoryLimit),
    ...validateSelector(spec.selector, spec.template, "statefulset"),
    ...(spec.template ? validatePods(spec.template) : [required("spec.template")]),
  ];
}

/** The pods are only checked when they are made: their volumes come from claims. Source: apps validation `ValidatePodTemplateSpecForStatefulSet`. */
function validatePods(template: PodTemplateSpec): FieldError[] {
  return [
    ...validateLabels(template.metadata?.labels, "spec.template.labels"),
    ...validateAnnotations(template.metadata?.annotations, "spec.template.annotations"),
    ...validateLasting(template, "StatefulSet"),
  ];
}

const MAY_CHANGE = [
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
] as const satisfies readonly (keyof StatefulSetSpec)[];

/** Source: apps validation `ValidateStatefulSetUpdate`. */
function validateUpdate(next: StatefulSet, prev: StatefulSet): FieldError[] {
  const fixed = (spec: StatefulSetSpec) => ({ ...spec, ...Object.fromEntries(MAY_CHANGE.map((field) => [field, undefined])) });
  if (semanticEqual(fixed(next.spec), fixed(prev.spec))) return [];
  const names = MAY_CHANGE.map((field) => `'${field}'`);
  const list = `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
  return [forbiddenField("spec", `updates to statefulset spec for fields other than ${list} are forbidden`)];
}
