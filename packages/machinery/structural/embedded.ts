import { isData } from "../data.ts";
import { type FieldError, invalid, required } from "../field-error.ts";
import type { ObjectMeta } from "../object.ts";
import { validateObjectMeta } from "../object-meta-validation.ts";
import { itemsOf, type JsonSchema, memberOf, stepTo } from "./json-schema.ts";

/** Whether resources inside an object say what they are, and have metadata that any object may have. Source: apiextensions `objectmeta.Validate`. */
export function validateEmbedded(schema: JsonSchema | undefined, value: unknown, path = ""): FieldError[] {
  if (!schema) return [];
  if (Array.isArray(value)) return value.flatMap((item, i) => validateEmbedded(itemsOf(schema), item, stepTo(path, i)));
  if (!isData(value)) return [];
  const own = schema["x-kubernetes-embedded-resource"] ? validateResource(value, path) : [];
  return [...own, ...Object.entries(value).flatMap(([key, member]) => validateEmbedded(memberOf(schema, key), member, stepTo(path, key)))];
}

function validateResource({ apiVersion, kind, metadata }: Record<string, unknown>, path: string): FieldError[] {
  const errors = [...named(apiVersion, stepTo(path, "apiVersion")), ...named(kind, stepTo(path, "kind"))];
  if (typeof apiVersion === "string" && apiVersion.split("/").length > 2)
    errors.push(invalid(stepTo(path, "apiVersion"), apiVersion, `unexpected GroupVersion string: ${apiVersion}`));
  if (!isData(metadata)) return errors;
  // An object inside another need not have a name, nor say where it lives.
  const meta = { ...metadata, name: metadata.name ?? "x" } as Partial<ObjectMeta>;
  const found = validateObjectMeta(meta, { namespaced: metadata.namespace !== undefined });
  return [...errors, ...found.map((error) => ({ ...error, field: stepTo(path, error.field) }))];
}

function named(value: unknown, path: string): FieldError[] {
  return typeof value === "string" && value !== "" ? [] : [required(path, "must not be empty")];
}
