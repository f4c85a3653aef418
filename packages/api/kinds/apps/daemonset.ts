import { type Column, defineKind, type FieldError, required, semanticEqual } from "@wherry/machinery";
import type { DaemonSet as Type } from "../../generated/types.ts";
import { ageColumn, formatLabels, nameColumn } from "../columns.ts";
import { defaultPodTemplate } from "../core/pod/template.ts";
import { podWarnings } from "../core/pod/warnings.ts";
import { immutable, nonNegative } from "../rules.ts";
import { keepOtherHalf } from "../status.ts";
import { defaultDaemonStrategy, validateDaemonStrategy } from "./daemonset-strategy.ts";
import { containerImages, containerNames, validateLastingPods } from "./pods.ts";
import { formatSelector, validateSelector } from "./selector.ts";

export type DaemonSet = Type;

const HISTORY_LIMIT = 10;
/** Counts changes of the template. Source: `apps/v1` DeprecatedTemplateGeneration. */
const TEMPLATE_GENERATION = "deprecated.daemonset.template.generation";

const columns: readonly Column<DaemonSet>[] = [
  nameColumn,
  { name: "Desired", type: "integer", value: (o) => o.status?.desiredNumberScheduled ?? 0 },
  { name: "Current", type: "integer", value: (o) => o.status?.currentNumberScheduled ?? 0 },
  { name: "Ready", type: "integer", value: (o) => o.status?.numberReady ?? 0 },
  { name: "Up-to-date", type: "integer", value: (o) => o.status?.updatedNumberScheduled ?? 0 },
  { name: "Available", type: "integer", value: (o) => o.status?.numberAvailable ?? 0 },
  { name: "Node Selector", type: "string", value: (o) => formatLabels(o.spec.template?.spec.nodeSelector) },
  ageColumn,
  { name: "Containers", type: "string", priority: 1, value: (o) => containerNames(o.spec.template) },
  { name: "Images", type: "string", priority: 1, value: (o) => containerImages(o.spec.template) },
  { name: "Selector", type: "string", priority: 1, value: (o) => formatSelector(o.spec.selector) },
];

export const DaemonSet = defineKind<DaemonSet>({
  group: "apps",
  version: "v1",
  kind: "DaemonSet",
  plural: "daemonsets",
  singular: "daemonset",
  shortNames: ["ds"],
  categories: ["all"],
  scope: "Namespaced",
  schema: "io.k8s.api.apps.v1.DaemonSet",
  hasGeneration: true,
  subresources: { status: { type: "status" } },
  prepareForCreate(o) {
    o.status = { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 };
    countTemplate(o, 1);
  },
  prepareForUpdate(next, prev, context) {
    keepOtherHalf(next, prev, context);
    if (context.subresource === undefined) countTemplate(next, templateGeneration(prev) + (sameTemplate(next, prev) ? 0 : 1));
  },
  defaults(o) {
    o.spec ??= {} as Type["spec"];
    o.spec.updateStrategy = defaultDaemonStrategy(o.spec.updateStrategy);
    o.spec.revisionHistoryLimit ??= HISTORY_LIMIT;
    if (o.spec.template) o.spec.template = defaultPodTemplate(o.spec.template);
  },
  validate,
  validateUpdate: (next, prev) => immutable("spec.selector", next.spec.selector, semanticEqual(next.spec.selector, prev.spec.selector)),
  warnings: (o) => (o.spec?.template ? podWarnings(o.spec.template, "spec.template.") : []),
  columns,
});

/** Source: apps validation `ValidateDaemonSetSpec`. */
function validate({ spec }: DaemonSet): FieldError[] {
  return [
    ...validateSelector(spec.selector, spec.template, "daemonset"),
    ...(spec.template ? validateLastingPods(spec.template, "DaemonSet") : [required("spec.template")]),
    ...nonNegative("spec.minReadySeconds", spec.minReadySeconds),
    ...validateDaemonStrategy(spec.updateStrategy ?? {}, "spec.updateStrategy"),
    ...nonNegative("spec.revisionHistoryLimit", spec.revisionHistoryLimit),
  ];
}

/** Whether the pods stay the same; what an update leaves to defaults is no change. */
function sameTemplate(next: DaemonSet, prev: DaemonSet): boolean {
  const wanted = structuredClone(next.spec?.template);
  return semanticEqual(wanted && defaultPodTemplate(wanted), prev.spec.template);
}

function templateGeneration(o: DaemonSet): number {
  const count = Number(o.metadata.annotations?.[TEMPLATE_GENERATION]);
  return Number.isSafeInteger(count) ? count : 0;
}

function countTemplate(o: DaemonSet, generation: number): void {
  o.metadata.annotations = { ...o.metadata.annotations, [TEMPLATE_GENERATION]: String(generation) };
}
