import { type FieldError, invalid, labelSelectorFrom, required, validateLabelSelector } from "@wherry/machinery";
import type { LabelSelector, PodTemplateSpec } from "../../generated/types.ts";

const SELECTOR = "spec.selector";

/** The selector of a controller of pods: there, valid, not empty, and matching the controller's own pods. */
export function validateSelector(selector: LabelSelector | undefined, template: PodTemplateSpec | undefined, kind: string): FieldError[] {
  if (!selector) return [required(SELECTOR)];
  const errors = validateLabelSelector(selector, SELECTOR);
  if (errors.length > 0) return errors;
  const parsed = labelSelectorFrom(selector);
  if (parsed.empty) return [invalid(SELECTOR, selector, `empty selector is invalid for ${kind}`)];
  const labels = template?.metadata?.labels;
  if (!template || parsed.matches(labels)) return [];
  return [invalid("spec.template.metadata.labels", labels ?? {}, "`selector` does not match template `labels`")];
}

/** A selector as a cell: `app=web`, or `<none>`. Source: apimachinery `FormatLabelSelector`. */
export function formatSelector(selector: LabelSelector | undefined): string {
  try {
    return labelSelectorFrom(selector).toString() || "<none>";
  } catch {
    return "<error>";
  }
}
