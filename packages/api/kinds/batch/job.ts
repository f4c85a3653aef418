import { defineKind } from "@wherry/machinery";
import type { Job as Type } from "../../generated/types.ts";
import { podWarnings } from "../core/pod/warnings.ts";
import { podNameWarnings } from "../pod-names.ts";
import { keepOtherHalf } from "../status.ts";
import { jobColumns } from "./job/columns.ts";
import { defaultJob } from "./job/defaults.ts";
import { generateSelector, validateGeneratedSelector } from "./job/selector.ts";
import { validateJobSpec, validateJobStatus, validatePodNames, validateSelector } from "./job/spec.ts";
import { validateJobUpdate } from "./job/update.ts";

export type Job = Type;

export const Job = defineKind<Job>({
  group: "batch",
  version: "v1",
  kind: "Job",
  plural: "jobs",
  singular: "job",
  categories: ["all"],
  scope: "Namespaced",
  schema: "io.k8s.api.batch.v1.Job",
  hasGeneration: true,
  defaultPropagation: "Orphan",
  orphanWarning:
    "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning",
  subresources: { status: { type: "status" } },
  prepareForCreate(o) {
    o.status = {};
    if (o.spec && !o.spec.manualSelector) generateSelector(o);
  },
  prepareForUpdate: keepOtherHalf,
  defaults: defaultJob,
  validate: (o) => [...validateJobSpec(o.spec, "spec"), ...validateSelector(o.spec, "spec"), ...validateJobStatus(o.status, "status")],
  validateCreate: (o) => [...validateGeneratedSelector(o), ...validatePodNames(o)],
  validateUpdate: (next, prev) => validateJobUpdate(next.spec, prev.spec, "spec"),
  warnings: (o) => [...podNameWarnings(o), ...(o.spec?.template ? podWarnings(o.spec.template, "spec.template.") : [])],
  selectableFields: { "status.successful": (o) => String(o.status?.succeeded ?? 0) },
  columns: jobColumns,
});
