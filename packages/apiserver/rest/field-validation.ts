import { badRequest } from "@wherry/base";
import { apiVersionOf, conform, type KindDefinition, type Registry } from "@wherry/machinery";
import type { ParsedBody } from "./body.ts";
import type { AnyObject } from "./context.ts";
import type { FieldValidation } from "./options.ts";

/** What a value is as an object of a kind. */
export interface Decoded {
  /** Without the fields that the kind does not have. */
  object: AnyObject;
  /** What of it has a wrong type, in the words of Go's decoder; the object is not to be used then. */
  typeError: string | undefined;
  /** What strict decoding refuses, one message each. */
  findings: string[];
}

/**
 * Turns a parsed body into an object of `kind`: types are checked, unknown fields are dropped. What Strict refuses, Warn adds to `warnings`.
 * Throws BadRequest in the words of upstream's decoder.
 */
export function checkedObject(
  registry: Registry,
  kind: KindDefinition,
  body: ParsedBody,
  validation: FieldValidation,
  warnings: string[],
): AnyObject {
  const { object, typeError, findings } = decode(registry, kind, body, validation !== "Ignore");
  if (typeError !== undefined) throw badRequest(`${cannotHandle(kind.kind, kind)}: ${typeError}`);
  if (findings.length > 0 && validation === "Strict") throw badRequest(`${cannotHandle(kind.kind, kind)}: ${strictError(body, findings)}`);
  warnings.push(...findings);
  return object;
}

/** Reads a value as an object of `kind`. Throws BadRequest when it says that it is of another. */
export function decode(registry: Registry, kind: KindDefinition, body: ParsedBody, strict: boolean): Decoded {
  const value = typedValue(registry, kind, body.value);
  const { value: object, unknown, typeErrors } = kind.decode?.({ ...value }) ?? conform(registry.definitions, kind.schema, value);
  const findings = strict ? [...body.duplicates, ...unknown.map((path) => `unknown field ${JSON.stringify(path)}`)] : [];
  return { object: object as AnyObject, typeError: typeErrors[0], findings };
}

/** Source: apimachinery `runtime.NewStrictDecodingError`; YAML's own come as one error, with a line for each. */
export function strictError({ yaml, duplicates }: ParsedBody, findings: readonly string[]): string {
  if (!yaml || duplicates.length === 0) return `strict decoding error: ${findings.join(", ")}`;
  const rest = findings.slice(duplicates.length);
  return `strict decoding error: ${[`yaml: unmarshal errors:\n  ${duplicates.join("\n  ")}`, ...rest].join(", ")}`;
}

/** The value with its type filled in. Throws BadRequest when it says it is of another type, or is no object. */
function typedValue(registry: Registry, kind: KindDefinition, value: unknown): AnyObject {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw badRequest(`${cannotHandle(kind.kind, kind)}: json: cannot unmarshal ${jsonType(value)} into Go value of type ${kind.kind}`);
  const object = value as AnyObject;
  checkTypeWords(kind, object);
  object.apiVersion ||= apiVersionOf(kind);
  object.kind ||= kind.kind;
  object.metadata ??= {} as AnyObject["metadata"];
  if (object.apiVersion !== apiVersionOf(kind) || object.kind !== kind.kind) throw otherType(registry, kind, object);
  return object;
}

function checkTypeWords(kind: KindDefinition, object: AnyObject): void {
  for (const field of ["apiVersion", "kind"] as const) {
    const word: unknown = object[field];
    if (word === undefined || word === null || typeof word === "string") continue;
    const why = `json: cannot unmarshal ${jsonType(word)} into Go struct field .${field} of type string`;
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind.kind}): couldn't get version/kind; json parse error: ${why}`,
    );
  }
}

/** Source of the words: apimachinery `runtime.NewNotRegisteredErrForKind`, `conversion.Converter`, apiserver `handlers.createHandler`. */
function otherType(registry: Registry, kind: KindDefinition, { apiVersion, kind: name }: AnyObject): Error {
  const version = apiVersion.slice(apiVersion.lastIndexOf("/") + 1);
  const cannot = cannotHandle(name, { version, kind: kind.kind });
  const found = registry.byKind(apiVersion, name);
  if (!found)
    return badRequest(
      `${cannot}: no kind ${JSON.stringify(name)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/api/legacyscheme/scheme.go:30"`,
    );
  if (name === kind.kind)
    return badRequest(`the API version in the data (${apiVersion}) does not match the expected API version (${apiVersionOf(kind)})`);
  const internal = `${kind.group.split(".")[0] || "core"}.${kind.kind}`;
  return badRequest(`${cannot}: converting (${version}.${name}) to (${internal}): unknown conversion`);
}

function cannotHandle(name: string, { version, kind }: Pick<KindDefinition, "version" | "kind">): string {
  return `${name} in version ${JSON.stringify(version)} cannot be handled as a ${kind}`;
}

const jsonType = (value: unknown) =>
  Array.isArray(value) ? "array" : value === null ? "null" : typeof value === "boolean" ? "bool" : typeof value;
