import { type Column, defineKind, type FieldError, humanAge, invalid, notSupported, required } from "@wherry/machinery";
import type { CronJobSpec, JobTemplateSpec, CronJob as Type } from "../../generated/types.ts";
import { containerImages, containerNames } from "../apps/pods.ts";
import { formatSelector } from "../apps/selector.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { podWarnings } from "../core/pod/warnings.ts";
import { podNameWarnings } from "../pod-names.ts";
import { nonNegative, oneOf } from "../rules.ts";
import { keepOtherHalf } from "../status.ts";
import { validateSchedule, validateTimeZone, zoneInSchedule } from "./cronjob/schedule.ts";
import { defaultJobTemplate } from "./job/defaults.ts";
import { validateJobSpec } from "./job/spec.ts";

export type CronJob = Type;

/** Eleven characters are left for what a job's name gets appended. */
const LONGEST_NAME = 52;
const SUCCESSFUL_KEPT = 3;
const FAILED_KEPT = 1;

const columns: readonly Column<CronJob>[] = [
  nameColumn,
  { name: "Schedule", type: "string", value: (o) => o.spec.schedule ?? "" },
  { name: "Timezone", type: "string", value: (o) => o.spec.timeZone ?? "<none>" },
  { name: "Suspend", type: "boolean", value: (o) => (o.spec.suspend === undefined ? "<unset>" : o.spec.suspend ? "True" : "False") },
  { name: "Active", type: "integer", value: (o) => o.status?.active?.length ?? 0 },
  {
    name: "Last Schedule",
    type: "string",
    value: (o, now) => (o.status?.lastScheduleTime ? humanAge(o.status.lastScheduleTime, now) : "<none>"),
  },
  ageColumn,
  { name: "Containers", type: "string", priority: 1, value: (o) => containerNames(o.spec.jobTemplate?.spec?.template) },
  { name: "Images", type: "string", priority: 1, value: (o) => containerImages(o.spec.jobTemplate?.spec?.template) },
  { name: "Selector", type: "string", priority: 1, value: (o) => formatSelector(o.spec.jobTemplate?.spec?.selector) },
];

export const CronJob = defineKind<CronJob>({
  group: "batch",
  version: "v1",
  kind: "CronJob",
  plural: "cronjobs",
  singular: "cronjob",
  shortNames: ["cj"],
  categories: ["all"],
  scope: "Namespaced",
  schema: "io.k8s.api.batch.v1.CronJob",
  hasGeneration: true,
  subresources: { status: { type: "status" } },
  prepareForCreate(o) {
    o.status = {};
  },
  prepareForUpdate: keepOtherHalf,
  defaults(o) {
    o.spec ??= {} as CronJobSpec;
    o.spec.concurrencyPolicy ||= "Allow";
    o.spec.suspend ??= false;
    o.spec.successfulJobsHistoryLimit ??= SUCCESSFUL_KEPT;
    o.spec.failedJobsHistoryLimit ??= FAILED_KEPT;
    if (o.spec.jobTemplate?.spec) defaultJobTemplate(o.spec.jobTemplate.spec);
  },
  validate: (o) => validateSpec(o.spec, "spec"),
  validateCreate: ({ metadata, spec }) => [...validateName(metadata.name), ...(zoneInSchedule(spec) ? [NO_ZONE(spec.schedule)] : [])],
  validateUpdate: ({ spec: next }, { spec: prev }) => (zoneInSchedule(next) && !zoneInSchedule(prev) ? [NO_ZONE(next.schedule)] : []),
  warnings: (o) => [...podNameWarnings(o), ...templateWarnings(o.spec?.jobTemplate), ...scheduleWarnings(o.spec)],
  columns,
});

const NO_ZONE = (schedule: string) =>
  invalid("spec.schedule", schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");

function validateName(name: string | undefined): FieldError[] {
  const long = (name?.length ?? 0) > LONGEST_NAME;
  return long ? [invalid("metadata.name", name, `must be no more than ${LONGEST_NAME} characters`)] : [];
}

/** Source: batch validation `validateCronJobSpec`. */
function validateSpec(spec: CronJobSpec, path: string): FieldError[] {
  return [
    ...(spec.schedule ? validateSchedule(spec, `${path}.schedule`) : [required(`${path}.schedule`)]),
    ...nonNegative(`${path}.startingDeadlineSeconds`, spec.startingDeadlineSeconds),
    ...(spec.timeZone === undefined ? [] : validateTimeZone(spec.timeZone, `${path}.timeZone`)),
    ...oneOf(`${path}.concurrencyPolicy`, spec.concurrencyPolicy, ["Allow", "Forbid", "Replace"]),
    ...validateTemplate(spec.jobTemplate, `${path}.jobTemplate.spec`),
    ...nonNegative(`${path}.successfulJobsHistoryLimit`, spec.successfulJobsHistoryLimit),
    ...nonNegative(`${path}.failedJobsHistoryLimit`, spec.failedJobsHistoryLimit),
  ];
}

/** Source: batch validation `ValidateJobTemplateSpec`: each job gets a selector of its own. */
function validateTemplate(template: JobTemplateSpec | undefined, path: string): FieldError[] {
  const { spec } = template ?? {};
  if (!spec) return [required(path)];
  return [
    ...validateJobSpec(spec, path),
    ...(spec.manualSelector ? [notSupported(`${path}.manualSelector`, true, ["nil", "false"])] : []),
    ...(spec.selector ? [invalid(`${path}.selector`, spec.selector, "`selector` will be auto-generated")] : []),
  ];
}

function templateWarnings(template: JobTemplateSpec | undefined): string[] {
  return template?.spec?.template ? podWarnings(template.spec.template, "spec.jobTemplate.spec.template.") : [];
}

function scheduleWarnings(spec: CronJobSpec | undefined): string[] {
  if (!spec || !zoneInSchedule(spec)) return [];
  const where = "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/";
  return [
    `CRON_TZ or TZ used in spec.schedule ${JSON.stringify(spec.schedule)} is not officially supported, see ${where} for more details`,
  ];
}
