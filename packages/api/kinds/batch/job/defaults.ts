import type { Job, JobSpec } from "../../../generated/types.ts";
import { defaultPodTemplate } from "../../core/pod/template.ts";

const BACKOFF_LIMIT = 6;
const MAX_INT32 = 2 ** 31 - 1;

/** Source: batch/v1 defaults `SetDefaults_Job`. */
export function defaultJob(o: Job): void {
  o.spec ??= {} as JobSpec;
  const { spec, metadata } = o;
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? BACKOFF_LIMIT : MAX_INT32;
  spec.completionMode ??= "NonIndexed";
  spec.suspend ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? "Failed" : "TerminatingOrFailed";
  defaultJobTemplate(spec);
  const labels = spec.template?.metadata?.labels;
  if (labels && Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels };
}

/** What also holds for the jobs of a cron job, before they are jobs. */
export function defaultJobTemplate(spec: JobSpec): void {
  if (spec.template) spec.template = defaultPodTemplate(spec.template);
  for (const rule of spec.podFailurePolicy?.rules ?? []) for (const pattern of rule.onPodConditions ?? []) pattern.status ||= "True";
}
