import { type FieldError, validateAnnotations, validateLabels } from "@wherry/machinery";
import type { PodSpec, PodTemplateSpec } from "../../../generated/types.ts";
import { defaultPodSpec, validatePodSpec } from "./spec.ts";

/** Fills in a template of pods. Fields that only a pod gets (such as `enableServiceLinks`) stay open. */
export function defaultPodTemplate(template: PodTemplateSpec | undefined): PodTemplateSpec {
  const result = template ?? { spec: { containers: [] } };
  result.metadata ??= {};
  result.spec ??= { containers: [] } satisfies PodSpec;
  defaultPodSpec(result.spec);
  return result;
}

/** Source: core validation `ValidatePodTemplateSpec`. */
export function validatePodTemplate(template: PodTemplateSpec, path: string): FieldError[] {
  return [
    ...validateLabels(template.metadata?.labels, `${path}.metadata.labels`),
    ...validateAnnotations(template.metadata?.annotations, `${path}.metadata.annotations`),
    ...validatePodSpec(template.spec, `${path}.spec`),
  ];
}
