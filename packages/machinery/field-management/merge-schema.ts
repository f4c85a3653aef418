import { resolveSchema } from "../resolve-schema.ts";
import type { Definitions, Schema } from "../schema.ts";
import { alwaysWritten, isBuiltIn } from "./always-written.ts";

/** How a value is merged and owned. Source: kube-openapi `schemaconv`, structured-merge-diff `schema.Atom`. */
export type MergeSchema =
  /** Owned whole. `check` says what the value must be; anything is fine without it. */
  | { readonly shape: "leaf"; readonly check?: "string" | "numeric" | "boolean" | "scalar" | "list" | "map" }
  /** An object with known fields; `rest` is for the others, which are not allowed without it. */
  | { readonly shape: "struct"; field(name: string): StructField | undefined; readonly rest?: MergeSchema }
  /** An object with free keys. */
  | { readonly shape: "map"; readonly values: MergeSchema }
  /** A list of scalars, each there once. */
  | { readonly shape: "set"; readonly items: MergeSchema }
  /** A list of objects that are told apart by `keys` (sorted). */
  | { readonly shape: "listMap"; readonly keys: readonly string[]; readonly items: MergeSchema; defaultOf(key: string): unknown }
  /** Nothing is known: objects are merged, all else is owned whole. */
  | { readonly shape: "deduced" };

export interface StructField {
  readonly schema: MergeSchema;
  /** Upstream writes it even when it has no value, so its coming and going is no change of its own. */
  readonly always: boolean;
}

const DEDUCED: MergeSchema = { shape: "deduced" };
const ANY: MergeSchema = { shape: "leaf" };
const LIST: MergeSchema = { shape: "leaf", check: "list" };
const MAP: MergeSchema = { shape: "leaf", check: "map" };

const caches = new WeakMap<Definitions, Map<string, MergeSchema>>();

/** How objects of a schema are merged. Worked out once for each name; parts only when they are first met. */
export function mergeSchemaOf(definitions: Definitions, name: string): MergeSchema {
  const cache = caches.get(definitions) ?? new Map<string, MergeSchema>();
  caches.set(definitions, cache);
  const known = cache.get(name);
  if (known) return known;
  // Stands for itself where a definition is nothing but itself again.
  cache.set(name, DEDUCED);
  const made = convert(definitions, Object.hasOwn(definitions, name) ? (definitions[name] as Schema) : {}, name);
  cache.set(name, made);
  return made;
}

/** @param name of the definition that `schema` is; messages and always-written fields go by it */
function convert(definitions: Definitions, schema: Schema, name?: string): MergeSchema {
  if (schema.ref !== undefined) return convertReference(definitions, schema, schema.ref);
  if (schema.intOrString || schema.format === "quantity") return { shape: "leaf", check: "scalar" };
  switch (schema.type) {
    case "string":
    case "boolean":
      return { shape: "leaf", check: schema.type };
    case "integer":
    case "number":
      return { shape: "leaf", check: "numeric" };
    case "array":
      return convertList(definitions, schema);
    case "object":
      return convertObject(definitions, schema, name);
    default:
      return schema.properties ? convertObject(definitions, schema, name) : schema.preserveUnknownFields ? DEDUCED : ANY;
  }
}

/** Rules that stand beside a reference win over those of what it refers to. */
function convertReference(definitions: Definitions, schema: Schema, ref: string): MergeSchema {
  const { mapType, listType, listMapKeys } = schema;
  if (!mapType && !listType) return mergeSchemaOf(definitions, ref);
  const rules = { ...(mapType && { mapType }), ...(listType && { listType }), ...(listMapKeys && { listMapKeys }) };
  return convert(definitions, { ...resolveSchema(definitions, { ref }), ...rules }, ref);
}

function convertObject(definitions: Definitions, schema: Schema, name: string | undefined): MergeSchema {
  const { properties, additionalProperties, mapType, preserveUnknownFields } = schema;
  if (mapType === "atomic") return MAP;
  const rest = preserveUnknownFields ? DEDUCED : additionalProperties && convert(definitions, additionalProperties);
  if (!properties) return { shape: "map", values: rest ?? ANY };
  const fields = new Map<string, StructField>();
  const field = (key: string): StructField | undefined => {
    const known = fields.get(key);
    if (known || !Object.hasOwn(properties, key)) return known;
    const made = { schema: convert(definitions, properties[key] as Schema), always: alwaysWritten(schema, name, key) };
    fields.set(key, made);
    return made;
  };
  return { shape: "struct", field, ...(rest && { rest }) };
}

function convertList(definitions: Definitions, schema: Schema): MergeSchema {
  const { type, keys } = listRules(schema);
  if (type === "atomic" || !schema.items) return LIST;
  const items = convert(definitions, schema.items);
  if (type === "set" || keys.length === 0) return { shape: "set", items };
  const { properties = {} } = resolveSchema(definitions, schema.items);
  const builtIn = isBuiltIn(schema.items.ref);
  const defaultOf = (key: string) => (Object.hasOwn(properties, key) ? keyDefault(properties[key] as Schema, builtIn) : undefined);
  return { shape: "listMap", keys: [...keys].sort(), items, defaultOf };
}

/** What a key is when it is left out: what the schema says, and in upstream's own types, whose keys are no pointers, at least a zero. */
function keyDefault(schema: Schema, builtIn: boolean): unknown {
  if (schema.default !== undefined || !builtIn) return schema.default;
  return schema.type === "string" ? "" : schema.type === "integer" ? 0 : undefined;
}

/** Lists that only say how they are patched are merged the same way. */
function listRules({ listType, listMapKeys, patchStrategy, patchMergeKey }: Schema) {
  if (listType) return { type: listType, keys: listMapKeys ?? [] };
  if (!patchStrategy?.split(",").includes("merge")) return { type: "atomic" as const, keys: [] };
  return patchMergeKey ? { type: "map" as const, keys: [patchMergeKey] } : { type: "set" as const, keys: [] };
}

/** The schema of one member of an object; undefined when there can be none of this name. */
export function memberSchema(schema: MergeSchema, name: string): StructField | undefined {
  if (schema.shape === "map") return { schema: schema.values, always: false };
  if (schema.shape === "deduced") return { schema, always: false };
  if (schema.shape !== "struct") return undefined;
  return schema.field(name) ?? (schema.rest && { schema: schema.rest, always: false });
}

/** Whether it is a field with a name of its own, and not a key of a map. */
export function isNamedField(schema: MergeSchema, name: string): boolean {
  return schema.shape === "struct" && schema.field(name) !== undefined;
}
