import { badRequest } from "@wherry/base";
import { apiVersionOf, conform, type Definitions, type KindDefinition } from "@wherry/machinery";
import type { ParsedBody } from "./body.ts";
import type { AnyObject } from "./context.ts";
import type { FieldValidation } from "./options.ts";

/**
 * Turns a parsed body into an object of `kind`: types are checked, unknown fields are dropped. What Strict refuses, Warn adds to `warnings`.
 * Throws BadRequest in the words of upstream's decoder.
 */
export function checkedObject(
  definitions: Definitions,
  kind: KindDefinition,
  body: ParsedBody,
  validation: FieldValidation,
  warnings: string[],
): AnyObject {
  const value = typedValue(kind, body.value);
  const { value: object, unknown, typeErrors } = conform(definitions, kind.schema, value);
  if (typeErrors.length > 0) throw badRequest(`${cannotHandle(kind)}: ${typeErrors[0]}`);
  if (validation === "Ignore") return object as AnyObject;
  const findings = [...body.duplicates.map((path) => `duplicate field ${JSON.stringify(path)}`), ...unknown.map(unknownField)];
  if (findings.length > 0 && validation === "Strict")
    throw badRequest(`${cannotHandle(kind)}: strict decoding error: ${findings.join(", ")}`);
  warnings.push(...findings);
  return object as AnyObject;
}

/** The value with its type filled in. Throws BadRequest when it says it is of another type, or is no object. */
function typedValue(kind: KindDefinition, value: unknown): AnyObject {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw badRequest(`${cannotHandle(kind)}: json: cannot unmarshal ${jsonType(value)} into Go value of type ${kind.kind}`);
  const object = value as AnyObject;
  const apiVersion = apiVersionOf(kind);
  object.apiVersion ||= apiVersion;
  object.kind ||= kind.kind;
  object.metadata ??= {} as AnyObject["metadata"];
  if (object.apiVersion !== apiVersion)
    throw badRequest(`the API version in the data (${object.apiVersion}) does not match the expected API version (${apiVersion})`);
  if (object.kind !== kind.kind)
    throw badRequest(
      `${object.kind} in version ${JSON.stringify(kind.version)} cannot be handled as a ${kind.kind}: the kind in the data does not match`,
    );
  return object;
}

const unknownField = (path: string) => `unknown field ${JSON.stringify(path)}`;
const cannotHandle = (kind: KindDefinition) =>
  `${kind.kind} in version ${JSON.stringify(kind.version)} cannot be handled as a ${kind.kind}`;
const jsonType = (value: unknown) =>
  Array.isArray(value) ? "array" : value === null ? "null" : typeof value === "boolean" ? "bool" : typeof value;
