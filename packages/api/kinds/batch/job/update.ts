import { type FieldError, invalid, semanticEqual } from "@wherry/machinery";
import type { JobSpec, PodTemplateSpec } from "../../../generated/types.ts";
import { immutable } from "../../rules.ts";

const FIXED = ["selector", "completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy"] as const;

/** Source: batch validation `ValidateJobSpecUpdate`. */
export function validateJobUpdate(next: JobSpec, prev: JobSpec, path: string): FieldError[] {
  return [
    ...validateCompletions(next, prev, path),
    ...FIXED.flatMap((field) => immutable(`${path}.${field}`, next[field], semanticEqual(next[field], prev[field]))),
    ...validateTemplate(next, prev, `${path}.template`),
  ];
}

/** An indexed job may get wider or narrower: all of its pods run at once. */
function validateCompletions(next: JobSpec, prev: JobSpec, path: string): FieldError[] {
  if (next.completions === prev.completions) return [];
  if (next.completionMode !== "Indexed") return immutable(`${path}.completions`, next.completions, false);
  if (next.completions === next.parallelism) return [];
  return [invalid(`${path}.completions`, next.completions, `can only be modified in tandem with ${path}.parallelism`)];
}

/** As long as a job has not begun, it may be said where its pods are to run. */
function validateTemplate(next: JobSpec, prev: JobSpec, path: string): FieldError[] {
  const same = prev.suspend
    ? semanticEqual(withoutScheduling(next.template), withoutScheduling(prev.template))
    : semanticEqual(next.template, prev.template);
  return immutable(path, next.template, same);
}

function withoutScheduling(template: PodTemplateSpec | undefined): object | undefined {
  if (!template) return undefined;
  const { metadata, spec } = template;
  const { nodeSelector: _n, tolerations: _t, affinity: _a, schedulingGates: _g, ...rest } = spec;
  return { metadata: { ...metadata, labels: undefined, annotations: undefined }, spec: rest };
}
