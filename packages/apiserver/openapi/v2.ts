import { apiVersionOf, type Definitions, type KindDefinition, type Schema } from "@wherry/machinery";
import { WireWriter } from "../protobuf/wire.ts";
import { type Descriptions, fieldText, schemaClosure } from "./schemas.ts";

const QUERY = ["dryRun", "fieldManager", "fieldValidation", "force"];

/**
 * The OpenAPI v2 document in protobuf: the schemas of all kinds, and of the paths only that they can be patched, and with which parameters. This
 * is what kubectl up to 1.28 validates manifests with. Field numbers and names: gnostic's OpenAPIv2.proto.
 */
export function openApiV2(definitions: Definitions, kinds: readonly KindDefinition[], texts: Descriptions, version: string): Uint8Array {
  const byName = Map.groupBy(kinds, (kind) => kind.schema);
  const schemas = new WireWriter();
  for (const name of [...schemaClosure(definitions, byName.keys())].sort()) {
    const message = definition(name, definitions[name] as Schema, byName.get(name) ?? [], texts);
    schemas.message(1, named(name, message));
  }
  const paths = new WireWriter();
  for (const kind of kinds.filter((k) => !k.virtual))
    paths.message(2, named(pathOf(kind), new WireWriter().message(8, patchOperation(kind))));
  return new WireWriter()
    .text(1, "2.0")
    .message(2, new WireWriter().text(1, "Kubernetes").text(2, version))
    .message(8, paths)
    .message(9, schemas)
    .finish();
}

const named = (name: string, value: WireWriter) => new WireWriter().text(1, name).message(2, value);

function definition(name: string, schema: Schema, kinds: readonly KindDefinition[], texts: Descriptions): WireWriter {
  const writer = schemaMessage(schema, texts.describe(name), (field, child) => fieldText(texts, name, field, child));
  if (kinds.length === 0) return writer;
  return writer.message(31, extension("x-kubernetes-group-version-kind", kinds.map(gvkOf)));
}

function schemaMessage(
  schema: Schema,
  description?: string,
  describe: (field: string, schema: Schema) => string | undefined = () => undefined,
): WireWriter {
  const writer = new WireWriter();
  if (schema.ref !== undefined) writer.text(1, `#/definitions/${schema.ref}`);
  writer.text(2, schema.intOrString ? "int-or-string" : schema.format).text(4, description);
  for (const name of schema.required ?? []) writer.text(19, name);
  if (schema.additionalProperties) writer.message(21, new WireWriter().message(1, schemaMessage(schema.additionalProperties)));
  const type = schema.intOrString ? "string" : schema.type;
  if (type) writer.message(22, new WireWriter().text(1, type));
  if (schema.items) writer.message(23, new WireWriter().message(1, schemaMessage(schema.items)));
  if (schema.properties) writer.message(25, properties(schema.properties, describe));
  for (const [name, value] of Object.entries(extensionsOf(schema))) writer.message(31, extension(name, value));
  return writer;
}

function properties(fields: Readonly<Record<string, Schema>>, describe: (field: string, schema: Schema) => string | undefined): WireWriter {
  const writer = new WireWriter();
  for (const [name, field] of Object.entries(fields)) writer.message(1, named(name, schemaMessage(field, describe(name, field))));
  return writer;
}

function extensionsOf({ listType, listMapKeys, patchStrategy, patchMergeKey, preserveUnknownFields }: Schema): Record<string, unknown> {
  return {
    ...(listType && { "x-kubernetes-list-type": listType }),
    ...(listMapKeys && { "x-kubernetes-list-map-keys": listMapKeys }),
    ...(patchStrategy && { "x-kubernetes-patch-strategy": patchStrategy }),
    ...(patchMergeKey && { "x-kubernetes-patch-merge-key": patchMergeKey }),
    ...(preserveUnknownFields && { "x-kubernetes-preserve-unknown-fields": true }),
  };
}

/** An extension holds YAML, and JSON is YAML. */
function extension(name: string, value: unknown): WireWriter {
  return new WireWriter().text(1, name).message(2, new WireWriter().text(2, `${JSON.stringify(value)}\n`));
}

const gvkOf = ({ group, version, kind }: KindDefinition) => ({ group, kind, version });

function pathOf(kind: KindDefinition): string {
  const root = kind.group ? `/apis/${apiVersionOf(kind)}` : `/api/${kind.version}`;
  return `${root}${kind.scope === "Namespaced" ? "/namespaces/{namespace}" : ""}/${kind.plural}/{name}`;
}

function patchOperation(kind: KindDefinition): WireWriter {
  const operation = new WireWriter();
  for (const name of QUERY) operation.message(8, queryParameter(name));
  return operation.message(13, extension("x-kubernetes-group-version-kind", gvkOf(kind)));
}

/** ParametersItem{Parameter{NonBodyParameter{QueryParameterSubSchema}}}. */
function queryParameter(name: string): WireWriter {
  const parameter = new WireWriter()
    .text(2, "query")
    .text(4, name)
    .text(6, name === "force" ? "boolean" : "string");
  return new WireWriter().message(1, new WireWriter().message(2, new WireWriter().message(3, parameter)));
}
