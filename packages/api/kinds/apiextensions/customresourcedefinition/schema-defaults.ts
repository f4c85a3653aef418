import { deepCopy, type FieldError, invalid } from "@wherry/machinery";
import { itemsOf, type JsonSchema, valuesOf } from "@wherry/machinery/structural/json-schema.ts";
import { pruneStructural } from "@wherry/machinery/structural/prune.ts";
import { validateStructural } from "@wherry/machinery/structural/validate.ts";

/** Every default must be a value that its schema allows. Source: apiextensions `defaulting.ValidateDefaults`. */
export function validateDefaults(schema: JsonSchema, path: string): FieldError[] {
  const own = schema.default === undefined || schema.default === null ? [] : validateDefault(schema, schema.default, `${path}.default`);
  const items = itemsOf(schema);
  const values = valuesOf(schema);
  return [
    ...own,
    ...Object.entries(schema.properties ?? {}).flatMap(([name, p]) => validateDefaults(p, `${path}.properties[${name}]`)),
    ...(items ? validateDefaults(items, `${path}.items`) : []),
    ...(values ? validateDefaults(values, `${path}.additionalProperties`) : []),
  ];
}

function validateDefault(schema: JsonSchema, value: unknown, path: string): FieldError[] {
  const unknown = schema["x-kubernetes-embedded-resource"] ? [] : pruneStructural({ properties: { v: schema } }, { v: deepCopy(value) });
  if (unknown.length > 0) return [invalid(path, value, "must not have unknown fields")];
  return validateStructural(schema, value).map((error) => ({ ...error, field: within(path, error.field) }));
}

const within = (path: string, field: string) =>
  field === "" || field === "<nil>" ? path : field.startsWith("[") ? path + field : `${path}.${field}`;
