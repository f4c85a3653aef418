import { type FieldError, forbiddenField, invalid } from "@wherry/machinery";
import type { JsonSchema } from "@wherry/machinery/structural/json-schema.ts";
import { validateDefaults } from "./schema-defaults.ts";
import { validateNode } from "./schema-node.ts";
import { validateRules } from "./schema-rules.ts";
import { validateStructure } from "./structure.ts";

const AT_ROOT = ["Description", "Type", "Format", "Title", "Maximum", "ExclusiveMaximum", "Minimum", "ExclusiveMinimum"].concat(
  ["MaxLength", "MinLength", "Pattern", "MaxItems", "MinItems", "UniqueItems", "MultipleOf", "Required", "Items", "Properties"],
  ["ExternalDocs", "Example", "XPreserveUnknownFields", "XValidations"],
);
const ROOT_FIELDS = new Set([
  ...AT_ROOT.filter((name) => !name.startsWith("X")).map((name) => name.charAt(0).toLowerCase() + name.slice(1)),
  "x-kubernetes-preserve-unknown-fields",
  "x-kubernetes-validations",
]);

/**
 * The schema of one version: is it OpenAPI as custom resources may have it, and structural? Source: apiextensions
 * `validateCustomResourceDefinitionValidation`.
 */
export function validateVersionSchema(schema: JsonSchema, path: string, hasStatus: boolean): FieldError[] {
  const errors: FieldError[] = hasStatus ? validateRoot(schema, path) : [];
  if (schema.nullable) errors.push(forbiddenField(`${path}.nullable`, "nullable cannot be true at the root"));
  errors.push(...validateNode(schema, path));
  const structure = validateStructure(schema, path);
  if (structure.length > 0 || errors.length > 0) return [...errors, ...structure];
  return [...validateDefaults(schema, path), ...validateRules(schema, path)];
}

/** With a status of its own the schema must still hold when the status is taken out of it. */
function validateRoot(schema: JsonSchema, path: string): FieldError[] {
  for (const field of Object.keys(schema)) {
    if (field === "type" && schema.type !== "object") {
      const detail = 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
      return [invalid(`${path}.type`, schema.type, detail)];
    }
    if (!ROOT_FIELDS.has(field)) {
      const allowed = AT_ROOT.join(" ");
      return [invalid(path, schema, `only [${allowed}] fields are allowed at the root of the schema if the status subresource is enabled`)];
    }
  }
  return [];
}
