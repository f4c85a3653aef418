import type { Definitions, Schema } from "@wherry/machinery";
import { refName, type SwaggerDefinitions, type SwaggerSchema } from "./swagger.ts";

type Draft = { -readonly [K in keyof Schema]: Schema[K] };

const META = "io.k8s.apimachinery.pkg.apis.meta.v1";

/** What the document leaves unsaid about these, as upstream's Go types (un)marshal them. */
const SPECIAL: Definitions = {
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": { intOrString: true },
  "io.k8s.apimachinery.pkg.api.resource.Quantity": { type: "string", format: "quantity" },
  [`${META}.FieldsV1`]: { type: "object", preserveUnknownFields: true },
  [`${META}.Patch`]: { type: "object", preserveUnknownFields: true },
  "io.k8s.apimachinery.pkg.runtime.RawExtension": { type: "object", preserveUnknownFields: true },
};

/** Defaults of list-map keys: upstream's v3 document has them, the v2 document drops them. */
const DEFAULTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "io.k8s.api.core.v1.ContainerPort": { protocol: "TCP" },
  "io.k8s.api.core.v1.ServicePort": { protocol: "TCP" },
};

/** The compact form of every definition: facts only, no prose. */
export function toDefinitions(swagger: SwaggerDefinitions): Definitions {
  return Object.fromEntries(Object.entries(swagger).map(([name, s]) => [name, SPECIAL[name] ?? withDefaults(name, toSchema(s))]));
}

function withDefaults(name: string, schema: Schema): Schema {
  const defaults = DEFAULTS[name];
  if (!defaults) return schema;
  const entries = Object.entries(schema.properties ?? {}).map(([key, p]) => [key, key in defaults ? { ...p, default: defaults[key] } : p]);
  return { ...schema, properties: Object.fromEntries(entries) };
}

function toSchema(s: SwaggerSchema): Schema {
  const out: Draft = {};
  if (s.$ref) out.ref = refName(s.$ref);
  if (s.type) out.type = s.type as NonNullable<Schema["type"]>;
  if (s.format) out.format = s.format;
  if (s.properties) out.properties = Object.fromEntries(Object.entries(s.properties).map(([name, p]) => [name, toSchema(p)]));
  if (s.required?.length) out.required = s.required;
  if (typeof s.additionalProperties === "object") out.additionalProperties = toSchema(s.additionalProperties);
  if (s.items) out.items = toSchema(s.items);
  if (s.enum) out.enum = s.enum;
  if (s.default !== undefined) out.default = s.default;
  mergeRules(s, out);
  if (s["x-kubernetes-preserve-unknown-fields"] || !(s.$ref || s.type)) out.preserveUnknownFields = true;
  return out;
}

function mergeRules(s: SwaggerSchema, out: Draft): void {
  const listType = s["x-kubernetes-list-type"];
  const listMapKeys = s["x-kubernetes-list-map-keys"];
  const mapType = s["x-kubernetes-map-type"];
  const patchStrategy = s["x-kubernetes-patch-strategy"];
  const patchMergeKey = s["x-kubernetes-patch-merge-key"];
  if (listType) out.listType = listType;
  if (listMapKeys) out.listMapKeys = listMapKeys;
  if (mapType) out.mapType = mapType;
  if (patchStrategy) out.patchStrategy = patchStrategy;
  if (patchMergeKey) out.patchMergeKey = patchMergeKey;
}
