import { type FieldError, invalid } from "./field-error.ts";
import { isQualifiedName, isValidLabelValue } from "./names.ts";

/** How a requirement compares. Source: apimachinery `selection.Operator`. */
export type SelectorOperator = "=" | "==" | "!=" | "in" | "notin" | "exists" | "!" | "gt" | "lt";

/** The labels of an object, if it has any. */
export type Labels = Readonly<Record<string, string>> | undefined;

/** One condition on one label. Values are sorted and unique. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: SelectorOperator;
  readonly values: readonly string[];
}

/** Makes one requirement. Throws an Error that names all that is wrong with it. */
export function newRequirement(key: string, operator: SelectorOperator, values: readonly string[]): LabelRequirement {
  const requirement = { key, operator, values: [...new Set(values)].sort() };
  const errors = requirementErrors(requirement).map((e) => `${e.field}: ${e.message}`);
  if (errors.length > 0) throw new Error(errors.length === 1 ? errors[0] : `[${errors.join(", ")}]`);
  return requirement;
}

function requirementErrors({ key, operator, values }: LabelRequirement): FieldError[] {
  const keyErrors = isQualifiedName(key);
  const errors = keyErrors.length > 0 ? [invalid("key", key, keyErrors.join("; "))] : [];
  const problem = valuesProblem(operator, values);
  if (problem) errors.push(invalid("values", values, problem));
  values.forEach((value, i) => {
    const wrong = isValidLabelValue(value);
    if (wrong.length > 0) errors.push(invalid(`values[${i}][${key}]`, value, wrong.join("; ")));
  });
  return errors;
}

function valuesProblem(operator: SelectorOperator, values: readonly string[]): string | undefined {
  switch (operator) {
    case "in":
    case "notin":
      return values.length === 0 ? "for 'in', 'notin' operators, values set can't be empty" : undefined;
    case "exists":
    case "!":
      return values.length > 0 ? "values set must be empty for exists and does not exist" : undefined;
    case "gt":
    case "lt":
      if (values.length !== 1) return "for 'Gt', 'Lt' operators, exactly one value is required";
      return isInteger(values[0]!) ? undefined : "for 'Gt', 'Lt' operators, the value must be an integer";
    default:
      return values.length === 1 ? undefined : "exact-match compatibility requires one single value";
  }
}

const isInteger = (text: string) => /^[-+]?\d{1,19}$/.test(text);

/** Whether labels fulfil a requirement. */
export function requirementHolds({ key, operator, values }: LabelRequirement, labels: Labels): boolean {
  const value = labels && Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case "exists":
      return value !== undefined;
    case "!":
      return value === undefined;
    case "!=":
    case "notin":
      return value === undefined || !values.includes(value);
    case "gt":
      return value !== undefined && isInteger(value) && BigInt(value) > BigInt(values[0]!);
    case "lt":
      return value !== undefined && isInteger(value) && BigInt(value) < BigInt(values[0]!);
    default:
      return value !== undefined && values.includes(value);
  }
}

/** The text of a requirement. */
export function printRequirement({ key, operator, values }: LabelRequirement): string {
  if (operator === "exists") return key;
  if (operator === "!") return `!${key}`;
  if (operator === "in" || operator === "notin") return `${key} ${operator} (${values.join(",")})`;
  return `${key}${operator === "gt" ? ">" : operator === "lt" ? "<" : operator}${values[0]}`;
}
