import { type FieldError, invalid, isDNS1123Label, notSupported, required, tooMany, validateLabelSelector } from "@wherry/machinery";
import type { Job, JobSpec, SuccessPolicyRule } from "../../../generated/types.ts";
import { validatePodTemplate } from "../../core/pod/template.ts";
import { each, nonNegative, oneOfIfSet } from "../../rules.ts";
import { validateFailurePolicy } from "./failure-policy.ts";
import { selects } from "./selector.ts";

const MOST_INDEXES = 100_000;
const MOST_RULES = 20;
const COUNTS = [
  "parallelism",
  "completions",
  "activeDeadlineSeconds",
  "backoffLimit",
  "ttlSecondsAfterFinished",
  "backoffLimitPerIndex",
  "maxFailedIndexes",
] as const;

/** What holds for jobs and for the jobs of cron jobs. Source: batch validation `validateJobSpec`. */
export function validateJobSpec(spec: JobSpec, path: string): FieldError[] {
  return [
    ...COUNTS.flatMap((field) => nonNegative(`${path}.${field}`, spec[field])),
    ...(spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined
      ? [required(`${path}.backoffLimitPerIndex`, "when maxFailedIndexes is specified")]
      : []),
    ...oneOfIfSet(`${path}.completionMode`, spec.completionMode, ["Indexed", "NonIndexed"]),
    ...(spec.completionMode === "Indexed" ? validateIndexed(spec, path) : onlyForIndexed(spec, path)),
    ...(spec.podFailurePolicy ? validateFailurePolicy(spec, `${path}.podFailurePolicy`) : []),
    ...validateReplacement(spec, `${path}.podReplacementPolicy`),
    ...(spec.template ? validatePodTemplate(spec.template, `${path}.template`) : [required(`${path}.template`)]),
    ...(spec.template ? validateRestarts(spec, `${path}.template.spec.restartPolicy`) : []),
  ];
}

function validateIndexed(spec: JobSpec, path: string): FieldError[] {
  const { completions, parallelism = 0, maxFailedIndexes: failed = 0 } = spec;
  const most = `must be less than or equal to ${MOST_INDEXES}`;
  return [
    ...(completions === undefined ? [required(`${path}.completions`, "when completion mode is Indexed")] : []),
    ...(parallelism > MOST_INDEXES ? [invalid(`${path}.parallelism`, parallelism, `${most} when completion mode is Indexed`)] : []),
    ...(failed > (completions ?? failed) ? [invalid(`${path}.maxFailedIndexes`, failed, "must be less than or equal to completions")] : []),
    ...(failed > MOST_INDEXES ? [invalid(`${path}.maxFailedIndexes`, failed, most)] : []),
    ...each(spec.successPolicy?.rules, `${path}.successPolicy.rules`, validateSuccess),
    ...successCount(spec, `${path}.successPolicy.rules`),
  ];
}

function successCount({ successPolicy }: JobSpec, path: string): FieldError[] {
  if (!successPolicy) return [];
  const count = successPolicy.rules?.length ?? 0;
  if (count === 0) return [required(path, "at least one rules must be specified when the successPolicy is specified")];
  return count > MOST_RULES ? [tooMany(path, count, MOST_RULES)] : [];
}

function validateSuccess(rule: SuccessPolicyRule, path: string): FieldError[] {
  const none = rule.succeededCount === undefined && rule.succeededIndexes === undefined;
  return [
    ...(none ? [required(path, "at least one of succeededCount or succeededIndexes must be specified")] : []),
    ...nonNegative(`${path}.succeededCount`, rule.succeededCount),
  ];
}

function onlyForIndexed(spec: JobSpec, path: string): FieldError[] {
  const given = (["backoffLimitPerIndex", "maxFailedIndexes", "successPolicy"] as const).filter((field) => spec[field] !== undefined);
  return given.map((field) => invalid(`${path}.${field}`, spec[field], "requires indexed completion mode"));
}

function validateReplacement({ podReplacementPolicy: policy, podFailurePolicy }: JobSpec, path: string): FieldError[] {
  return oneOfIfSet(path, policy, podFailurePolicy ? ["Failed"] : ["Failed", "TerminatingOrFailed"]);
}

function validateRestarts({ template, podFailurePolicy }: JobSpec, path: string): FieldError[] {
  const policy = template.spec.restartPolicy;
  if (!policy || policy === "Always") return [required(path, 'valid values: "OnFailure", "Never"')];
  if (policy !== "OnFailure" && policy !== "Never") return [notSupported(path, policy, ["OnFailure", "Never"])];
  if (!podFailurePolicy || policy === "Never") return [];
  return [invalid(path, policy, 'only "Never" is supported when podFailurePolicy is specified')];
}

/** Source: batch validation `ValidateJobSpec`. */
export function validateSelector({ selector, template }: JobSpec, path: string): FieldError[] {
  if (!selector) return [required(`${path}.selector`)];
  const labels = template?.metadata?.labels ?? {};
  const fits = selects(selector, labels);
  return [
    ...validateLabelSelector(selector, `${path}.selector`),
    ...(fits ? [] : [invalid(`${path}.template.metadata.labels`, labels, "`selector` does not match template `labels`")]),
  ];
}

/** The last pod of an indexed job must have a name that is a host name. Source: batch validation `ValidateJob`. */
export function validatePodNames({ metadata, spec }: Job): FieldError[] {
  if (spec.completionMode !== "Indexed" || !spec.completions) return [];
  const last = `${metadata.name}-${spec.completions - 1}`;
  if (isDNS1123Label(last).length === 0) return [];
  return [invalid("metadata.name", metadata.name, `will not able to create pod with invalid DNS label: ${last}`)];
}

/** Source: batch validation `ValidateJobStatus`. */
export function validateJobStatus(status: Job["status"], path: string): FieldError[] {
  return (["active", "succeeded", "failed", "ready", "terminating"] as const).flatMap((field) =>
    nonNegative(`${path}.${field}`, status?.[field]),
  );
}
