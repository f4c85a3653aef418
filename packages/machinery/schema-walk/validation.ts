import { isData } from "../data.ts";
import { type FieldError, notSupported, required } from "../field-error.ts";
import { resolveSchema } from "../resolve-schema.ts";
import type { Definitions, Schema } from "../schema.ts";

/**
 * Fields that are missing, and values that are none of those allowed. Built-in kinds say so in their own validation; this is for kinds that
 * only have a schema. Source: apiextensions schema validation.
 */
export function validateSchema(definitions: Definitions, schemaName: string, value: unknown): FieldError[] {
  return validate(definitions, value, { ref: schemaName }, "");
}

function validate(definitions: Definitions, value: unknown, field: Schema, path: string): FieldError[] {
  const schema = resolveSchema(definitions, field);
  const allowed = field.enum ?? schema.enum;
  if (typeof value === "string") return allowed && !allowed.includes(value) ? [notSupported(path, value, allowed)] : [];
  if (Array.isArray(value)) return value.flatMap((item, i) => validate(definitions, item, schema.items ?? {}, `${path}[${i}]`));
  if (!isData(value)) return [];
  const at = (key: string) => (path ? `${path}.${key}` : key);
  const missing = (schema.required ?? []).filter((key) => value[key] === undefined || value[key] === null);
  const inner = Object.entries(value).flatMap(([key, child]) => {
    const known = schema.properties && Object.hasOwn(schema.properties, key) ? schema.properties[key] : schema.additionalProperties;
    return known ? validate(definitions, child, known, at(key)) : [];
  });
  return [...missing.map((key) => required(at(key))), ...inner];
}
