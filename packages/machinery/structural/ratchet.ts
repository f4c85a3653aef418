import { isData } from "../data.ts";
import { deepEqual } from "../deep-equal.ts";
import type { FieldError } from "../field-error.ts";

/**
 * The findings that a change is to blame for: what was wrong before and was not touched may stay. Inside a list, the whole list counts.
 * Source: KEP-4008, apiextensions `ratcheting`.
 */
export function blamedOnChange(errors: readonly FieldError[], next: unknown, prev: unknown): FieldError[] {
  return errors.filter((error) => {
    const path = placeOf(error);
    return !path || !deepEqual(valueAt(next, path), valueAt(prev, path));
  });
}

/** Where the value stands that a finding is about; undefined when it is about no field. */
function placeOf({ field, type }: FieldError): string[] | undefined {
  if (field === "<nil>" || field === "") return undefined;
  const [before = ""] = field.split("[", 1);
  const steps = before.split(".");
  // What is missing is missing from the object around it.
  return type === "FieldValueRequired" && before === field ? steps.slice(0, -1) : steps;
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, step) => (isData(at) && Object.hasOwn(at, step) ? at[step] : undefined), value);
}
