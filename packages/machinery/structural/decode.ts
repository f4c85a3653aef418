import { type Data, isData } from "../data.ts";
import { deepCopy } from "../deep-copy.ts";
import type { Definitions } from "../schema.ts";
import { conform, type SchemaFindings } from "../schema-walk/conform.ts";
import { itemsOf, type JsonSchema, memberOf, stepTo } from "./json-schema.ts";
import { pruneStructural } from "./prune.ts";

const OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/**
 * A custom object as it may be stored, with what was taken from it: fields that its schema does not have, and fields that no metadata has (its own,
 * and that of embedded resources). Wrong types outside of the metadata are for validation to find. `value` stays as it is. Source: apiextensions
 * `schemaCoercingDecoder`.
 */
export function decodeStructural(schema: JsonSchema, definitions: Definitions, value: Data): SchemaFindings & { value: unknown } {
  const object = deepCopy(value);
  const unknown = pruneStructural(schema, object);
  const found: SchemaFindings = { unknown: [], typeErrors: [] };
  coerceMetadata({ ...schema, "x-kubernetes-embedded-resource": true }, definitions, object, "", found);
  return { value: object, unknown: [...found.unknown, ...unknown], typeErrors: found.typeErrors };
}

function coerceMetadata(
  schema: JsonSchema | undefined,
  definitions: Definitions,
  value: unknown,
  path: string,
  found: SchemaFindings,
): void {
  if (!schema || !hasEmbedded(schema)) return;
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) coerceMetadata(itemsOf(schema), definitions, item, stepTo(path, i), found);
  } else if (isData(value)) {
    if (schema["x-kubernetes-embedded-resource"]) coerceOne(definitions, value, path, found);
    for (const key of Object.keys(value)) coerceMetadata(memberOf(schema, key), definitions, value[key], stepTo(path, key), found);
  }
}

function coerceOne(definitions: Definitions, object: Data, path: string, found: SchemaFindings): void {
  if (object.metadata === undefined) return;
  const { value, unknown, typeErrors } = conform(definitions, OBJECT_META, object.metadata);
  object.metadata = value ?? {};
  found.unknown.push(...unknown.map((field) => stepTo(stepTo(path, "metadata"), field)));
  found.typeErrors.push(...typeErrors);
}

const known = new WeakMap<JsonSchema, boolean>();

/** Whether something in it is an embedded resource: most schemas have none, and need no walk. */
function hasEmbedded(schema: JsonSchema): boolean {
  const answer = known.get(schema) ?? findEmbedded(schema);
  known.set(schema, answer);
  return answer;
}

function findEmbedded(schema: JsonSchema): boolean {
  const { items, properties = {}, additionalProperties } = schema;
  if (schema["x-kubernetes-embedded-resource"]) return true;
  const inner = [items, additionalProperties, ...Object.values(properties)];
  return inner.some((one) => isData(one) && hasEmbedded(one as JsonSchema));
}
