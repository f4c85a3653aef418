import { conform, type SchemaFindings } from "@wherry/machinery";
import { type Data, isData } from "@wherry/machinery/data.ts";
import { stepTo } from "@wherry/machinery/structural/json-schema.ts";
import { definitions } from "../../../definitions.ts";

const GROUP = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1";

/**
 * Checks a definition against the schema of definitions, also where that one does not look: a schema's `items` and `additionalProperties` may each
 * be of two types. Source: apiextensions/v1 `JSONSchemaPropsOrArray`, `JSONSchemaPropsOrBool`.
 */
export function decodeDefinition(value: Data): SchemaFindings & { value: unknown } {
  const found = conform(definitions, `${GROUP}.CustomResourceDefinition`, value);
  const spec = isData(found.value) && isData(found.value.spec) ? found.value.spec : {};
  const versions = Array.isArray(spec.versions) ? spec.versions : [];
  for (const [i, version] of versions.entries()) {
    const schema = isData(version) && isData(version.schema) ? version.schema.openAPIV3Schema : undefined;
    lookInto(schema, `spec.versions[${i}].schema.openAPIV3Schema`, found);
  }
  return found;
}

const MAPS = ["properties"];
const LISTS = ["allOf", "anyOf", "oneOf"];

function lookInto(schema: unknown, path: string, found: SchemaFindings): void {
  if (!isData(schema)) return;
  for (const key of ["items", "additionalProperties"]) checkPart(schema, key, path, found);
  lookInto(schema.not, `${path}.not`, found);
  for (const key of MAPS)
    for (const [name, child] of Object.entries(schema[key] ?? {})) lookInto(child, stepTo(`${path}.${key}`, name), found);
  for (const key of LISTS)
    for (const [i, child] of ((schema[key] as unknown[] | undefined) ?? []).entries()) lookInto(child, `${path}.${key}[${i}]`, found);
}

/** Puts in the place of a part what is left of it after its own check. */
function checkPart(schema: Data, key: string, path: string, found: SchemaFindings): void {
  const part = schema[key];
  const other = key === "items" ? Array.isArray(part) : typeof part === "boolean";
  if (part === undefined || other) return;
  const { value, unknown, typeErrors } = conform(definitions, `${GROUP}.JSONSchemaProps`, part);
  if (value === undefined) delete schema[key];
  else schema[key] = value;
  found.unknown.push(...unknown.map((field) => stepTo(`${path}.${key}`, field)));
  found.typeErrors.push(...typeErrors);
  lookInto(value, `${path}.${key}`, found);
}
