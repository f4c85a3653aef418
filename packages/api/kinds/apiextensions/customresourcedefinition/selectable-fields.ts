import { duplicate, type FieldError, invalid, required, tooMany } from "@wherry/machinery";
import { type JsonSchema, propertyOf } from "@wherry/machinery/structural/json-schema.ts";
import type { SelectableField } from "../../../generated/types.ts";

const MAX_FIELDS = 8;
const SELECTABLE = ["string", "boolean", "integer"];

/** The fields of a path such as `.spec.color`; undefined when it is not as simple as that. */
export function simpleFields(jsonPath: string): string[] | undefined {
  const fields = /^(?:\.[A-Za-z_][\w-]*)+$/.test(jsonPath) ? jsonPath.slice(1).split(".") : undefined;
  // What every object has in JavaScript is no field of it.
  return fields?.some((field) => field in {}) ? undefined : fields;
}

/** Source: apiextensions `ValidateCustomResourceSelectableFields`. */
export function validateSelectableFields(fields: readonly SelectableField[], schema: JsonSchema | undefined, path: string): FieldError[] {
  const errors = fields.length > MAX_FIELDS ? [tooMany(path, fields.length, MAX_FIELDS)] : [];
  const seen = new Set<string>();
  for (const [i, { jsonPath }] of fields.entries()) {
    const at = `${path}[${i}].jsonPath`;
    if (!jsonPath) errors.push(required(at));
    else if (seen.has(jsonPath)) errors.push(duplicate(at, jsonPath));
    else errors.push(...validateField(jsonPath, schema, at));
    seen.add(jsonPath);
  }
  return errors;
}

function validateField(jsonPath: string, schema: JsonSchema | undefined, at: string): FieldError[] {
  const fields = simpleFields(jsonPath);
  if (!fields) return [invalid(at, jsonPath, "is an invalid path: must be a simple path of fields, starting with .")];
  if (fields[0] === "metadata") return [invalid(at, jsonPath, "must not point to fields in metadata")];
  let leaf = schema;
  for (const field of fields) leaf = propertyOf(leaf, field);
  if (!leaf) return [invalid(at, jsonPath, `is an invalid path: does not refer to a valid field`)];
  if (SELECTABLE.includes(leaf.type ?? "")) return [];
  return [
    invalid(
      at,
      jsonPath,
      "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.",
    ),
  ];
}
