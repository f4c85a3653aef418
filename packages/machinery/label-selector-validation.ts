import { type FieldError, invalid, notSupported } from "./field-error.ts";
import type { MetaLabelSelector } from "./label-selector.ts";
import { isQualifiedName, isValidLabelValue } from "./names.ts";

/**
 * What is wrong with a selector in a spec. Source: apimachinery `validation.ValidateLabelSelector`.
 * @param path the field's path, such as `spec.selector`
 */
export function validateLabelSelector(selector: MetaLabelSelector | undefined, path: string): FieldError[] {
  if (!selector) return [];
  const errors = Object.entries(selector.matchLabels ?? {}).flatMap(([key, value]) => [
    ...isQualifiedName(key).map((m) => invalid(`${path}.matchLabels`, key, m)),
    ...isValidLabelValue(value).map((m) => invalid(`${path}.matchLabels`, value, m)),
  ]);
  const expressions = selector.matchExpressions ?? [];
  return [...errors, ...expressions.flatMap((e, i) => expressionErrors(e, `${path}.matchExpressions[${i}]`))];
}

function expressionErrors(e: { key: string; operator: string; values?: readonly string[] }, path: string): FieldError[] {
  const values = e.values ?? [];
  const errors = isQualifiedName(e.key ?? "").map((m) => invalid(`${path}.key`, e.key ?? "", m));
  if (e.operator === "In" || e.operator === "NotIn") {
    if (values.length === 0) errors.unshift(requiredValues(path));
  } else if (e.operator === "Exists" || e.operator === "DoesNotExist") {
    if (values.length > 0) errors.unshift({ type: "FieldValueForbidden", field: `${path}.values`, message: MUST_BE_ABSENT });
  } else errors.unshift(notSupported(`${path}.operator`, e.operator, ["In", "NotIn", "Exists", "DoesNotExist"]));
  return [...errors, ...values.flatMap((v, i) => isValidLabelValue(v).map((m) => invalid(`${path}.values[${i}]`, v, m)))];
}

const MUST_BE_ABSENT = "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
const requiredValues = (path: string): FieldError => ({
  type: "FieldValueRequired",
  field: `${path}.values`,
  message: "Required value: must be specified when `operator` is 'In' or 'NotIn'",
});
