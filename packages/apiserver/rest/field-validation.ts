import { badRequest } from "@wherry/base";
import { apiVersionOf, conform, type KindDefinition, type Registry, type TypeWords } from "@wherry/machinery";
import { isData } from "@wherry/machinery/data.ts";
import { type ParsedBody, typeWordsError } from "./body.ts";
import type { AnyObject } from "./context.ts";
import type { FieldValidation } from "./options.ts";

/** What a value is as an object of a kind. */
export interface Decoded {
  /** Without the fields that the kind does not have. */
  object: AnyObject;
  /** Why it cannot be one, in the words of upstream's decoder; the object is not to be used then. */
  error: string | undefined;
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
  const { object, error, findings } = decode(registry, kind, body, validation !== "Ignore");
  if (error !== undefined) throw badRequest(`${cannotHandle(kind, object)}: ${error}`);
  if (findings.length > 0 && validation === "Strict") throw badRequest(`${cannotHandle(kind, object)}: ${strictError(body, findings)}`);
  warnings.push(...findings);
  return object;
}

/** Reads a value as an object of `kind`. Throws BadRequest when it says that it is of another version. */
export function decode(registry: Registry, kind: KindDefinition, body: ParsedBody, strict: boolean, words?: TypeWords): Decoded {
  const value = typedValue(kind, body.value);
  const error = typeWordsError(body.value) ?? otherType(registry, kind, value);
  if (error !== undefined) return { object: value, error, findings: [] };
  const { value: object, unknown, typeErrors } = kind.decode?.({ ...value }) ?? conform(registry.definitions, kind.schema, value, words);
  const findings = strict ? [...body.duplicates, ...unknown.map((path) => `unknown field ${JSON.stringify(path)}`)] : [];
  return { object: object as AnyObject, error: typeErrors[0], findings };
}

/** Source: apimachinery `runtime.NewStrictDecodingError`; YAML's own come as one error, with a line for each. */
export function strictError({ yaml, duplicates }: ParsedBody, findings: readonly string[]): string {
  if (!yaml || duplicates.length === 0) return `strict decoding error: ${findings.join(", ")}`;
  const rest = findings.slice(duplicates.length);
  return `strict decoding error: ${[`yaml: unmarshal errors:\n  ${duplicates.join("\n  ")}`, ...rest].join(", ")}`;
}

/** The value with its type filled in. */
function typedValue(kind: KindDefinition, value: unknown): AnyObject {
  const object = (isData(value) ? value : {}) as object as AnyObject;
  object.apiVersion ||= apiVersionOf(kind);
  object.kind ||= kind.kind;
  object.metadata ??= {} as AnyObject["metadata"];
  return object;
}

/** Why an object is of another kind. Source of the words: apimachinery `runtime.NewNotRegisteredErrForKind`, `conversion.Converter`. */
function otherType(registry: Registry, kind: KindDefinition, { apiVersion, kind: name }: AnyObject): string | undefined {
  if (apiVersion === apiVersionOf(kind) && name === kind.kind) return undefined;
  if (!registry.byKind(apiVersion, name))
    return `no kind ${JSON.stringify(name)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/api/legacyscheme/scheme.go:30"`;
  if (name === kind.kind)
    throw badRequest(`the API version in the data (${apiVersion}) does not match the expected API version (${apiVersionOf(kind)})`);
  const internal = `${kind.group.split(".")[0] || "core"}.${kind.kind}`;
  return `converting (${versionOf(apiVersion)}.${name}) to (${internal}): unknown conversion`;
}

const versionOf = (apiVersion: string) => apiVersion.slice(apiVersion.lastIndexOf("/") + 1);

/** Source: apiserver `handlers.transformDecodeError`. */
function cannotHandle({ kind }: KindDefinition, found: AnyObject): string {
  return `${found.kind} in version ${JSON.stringify(versionOf(found.apiVersion))} cannot be handled as a ${kind}`;
}
