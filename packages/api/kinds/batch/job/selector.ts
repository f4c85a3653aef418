import { type FieldError, invalid, labelSelectorFrom, required } from "@wherry/machinery";
import type { Job } from "../../../generated/types.ts";

const UID_LABEL = "batch.kubernetes.io/controller-uid";

/** What tells the pods of a job from all others, under its old and its new names. */
function ownLabels({ name, uid }: Job["metadata"]): Record<string, string> {
  return { "controller-uid": uid, "job-name": name, [UID_LABEL]: uid, "batch.kubernetes.io/job-name": name };
}

/** Gives a job's pods labels that only they have, and the job a selector for them. Source: batch strategy `generateSelector`. */
export function generateSelector(o: Job): void {
  const { template, selector } = o.spec;
  if (!template) return;
  template.metadata ??= {};
  template.metadata.labels = { ...ownLabels(o.metadata), ...template.metadata.labels };
  o.spec.selector = { ...selector, matchLabels: { [UID_LABEL]: o.metadata.uid, ...selector?.matchLabels } };
}

/** Nobody has meddled with what is generated. Source: batch validation `validateGeneratedSelector`. */
export function validateGeneratedSelector({ metadata, spec }: Job): FieldError[] {
  if (spec.manualSelector || !spec.selector) return [];
  const labels = spec.template?.metadata?.labels ?? {};
  const errors = Object.entries(ownLabels(metadata)).flatMap(([key, wanted]) => {
    const path = `spec.template.metadata.labels[${key}]`;
    if (labels[key] === undefined) return [required(path, `must be '${wanted}'`)];
    return labels[key] === wanted ? [] : [invalid(path, labels, `must be '${wanted}'`)];
  });
  return [...errors, ...(selects(spec.selector, { [UID_LABEL]: metadata.uid }) ? [] : [NOT_GENERATED(spec.selector)])];
}

const NOT_GENERATED = (selector: object) => invalid("spec.selector", selector, "`selector` not auto-generated");

/** Whether a selector takes these labels; one that cannot be read is refused elsewhere. */
export function selects(selector: NonNullable<Job["spec"]["selector"]>, labels: Record<string, string>): boolean {
  try {
    return labelSelectorFrom(selector).matches(labels);
  } catch {
    return true;
  }
}
