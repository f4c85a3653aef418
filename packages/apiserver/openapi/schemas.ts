import { apiVersionOf, type Definitions, type KindDefinition, type Schema } from "@wherry/machinery";

/** What people read about schemas and their fields. */
export interface Descriptions {
  /** The text of a schema, or of one of its fields; undefined when there is none. */
  describe(schema: string, field?: string): string | undefined;
}

export const noDescriptions: Descriptions = { describe: () => undefined };

export type Node = Record<string, unknown>;

export const refTo = (name: string): Node => ({ $ref: `#/components/schemas/${name}` });

/** The schema of a list of `kind`. */
export const listSchemaName = (kind: KindDefinition) => `${kind.schema}List`;

/** All schemas that these are made of, as OpenAPI v3, by name. */
export function openApiSchemas(definitions: Definitions, roots: Iterable<string>, texts: Descriptions): Map<string, Node> {
  const nodes = new Map<string, Node>();
  for (const name of schemaClosure(definitions, roots)) nodes.set(name, definitionNode(name, definitions[name] as Schema, texts));
  return nodes;
}

/** The names of these schemas and of all that they refer to; names that are not defined are left out. */
export function schemaClosure(definitions: Definitions, roots: Iterable<string>): Set<string> {
  const done = new Set<string>();
  const open = [...roots];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const schema = Object.hasOwn(definitions, name) ? definitions[name] : undefined;
    if (!schema || done.has(name)) continue;
    done.add(name);
    collectRefs(schema, open);
  }
  return done;
}

function collectRefs(schema: Schema, into: string[]): void {
  if (schema.ref !== undefined) into.push(schema.ref);
  for (const child of Object.values(schema.properties ?? {})) collectRefs(child, into);
  if (schema.items) collectRefs(schema.items, into);
  if (schema.additionalProperties) collectRefs(schema.additionalProperties, into);
}

function definitionNode(name: string, schema: Schema, texts: Descriptions): Node {
  const description = texts.describe(name);
  const node = { ...(description && { description }), ...schemaNode(schema) };
  if (!schema.properties) return node;
  const properties: Node = {};
  for (const [field, child] of Object.entries(schema.properties)) {
    const text = fieldText(texts, name, field, child);
    properties[field] = { ...(text && { description: text }), ...schemaNode(child, text !== undefined) };
  }
  return { ...node, properties };
}

/** What people read about a field: its own text, or else that of the schema it is of. */
export function fieldText(texts: Descriptions, schema: string, field: string, { ref }: Schema): string | undefined {
  return texts.describe(schema, field) ?? (ref === undefined ? undefined : texts.describe(ref));
}

/** One schema. A reference that has anything beside it is wrapped, because OpenAPI ignores what stands beside a `$ref`. */
function schemaNode(schema: Schema, described = false): Node {
  const rules = extensions(schema);
  if (schema.ref !== undefined) {
    const bare = !described && Object.keys(rules).length === 0 && schema.default === undefined;
    if (bare) return refTo(schema.ref);
    return { allOf: [refTo(schema.ref)], ...(schema.default !== undefined && { default: schema.default }), ...rules };
  }
  if (schema.intOrString) return { format: "int-or-string", oneOf: [{ type: "integer" }, { type: "string" }] };
  const { type, format, required, enum: values, default: fallback, properties, items, additionalProperties } = schema;
  return {
    ...(type && { type }),
    ...(format && { format }),
    ...(fallback !== undefined && { default: fallback }),
    ...(values && { enum: values }),
    ...(required && { required }),
    ...(properties && { properties: Object.fromEntries(Object.entries(properties).map(([k, v]) => [k, schemaNode(v)])) }),
    ...(items && { items: schemaNode(items) }),
    ...(additionalProperties && { additionalProperties: schemaNode(additionalProperties) }),
    ...rules,
  };
}

function extensions(schema: Schema): Node {
  const { listType, listMapKeys, mapType, patchStrategy, patchMergeKey, preserveUnknownFields, intOrString } = schema;
  return {
    ...(listType && { "x-kubernetes-list-type": listType }),
    ...(listMapKeys && { "x-kubernetes-list-map-keys": listMapKeys }),
    ...(mapType && { "x-kubernetes-map-type": mapType }),
    ...(patchStrategy && { "x-kubernetes-patch-strategy": patchStrategy }),
    ...(patchMergeKey && { "x-kubernetes-patch-merge-key": patchMergeKey }),
    ...(preserveUnknownFields && { "x-kubernetes-preserve-unknown-fields": true }),
    ...(intOrString && { "x-kubernetes-int-or-string": true }),
  };
}

/** Adds to the schemas of a kind and of its list which kind they are. */
export function markKind(schemas: Map<string, Node>, kind: KindDefinition, texts: Descriptions): void {
  const { group, version } = kind;
  const mark = (name: string) => ({ "x-kubernetes-group-version-kind": [{ group, kind: name, version }] });
  const object = schemas.get(kind.schema);
  if (object) Object.assign(object, mark(kind.kind));
  if (kind.verbs && !kind.verbs.includes("list")) return;
  const list = schemas.get(listSchemaName(kind)) ?? listNode(kind, texts);
  schemas.set(listSchemaName(kind), Object.assign(list, mark(`${kind.kind}List`)));
}

function listNode(kind: KindDefinition, texts: Descriptions): Node {
  const description = texts.describe(listSchemaName(kind)) ?? `${kind.kind}List is a list of ${kind.kind} objects (${apiVersionOf(kind)}).`;
  return {
    description,
    type: "object",
    required: ["items"],
    properties: {
      apiVersion: { type: "string" },
      items: { type: "array", items: refTo(kind.schema) },
      kind: { type: "string" },
      metadata: refTo("io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta"),
    },
  };
}
