import { isData } from "@wherry/machinery/data.ts";
import type { JsonSchema } from "@wherry/machinery/structural/json-schema.ts";
import type { SelectableField } from "../../../generated/types.ts";

const META = "io.k8s.apimachinery.pkg.apis.meta.v1";
const TYPE_TEXTS = {
  apiVersion:
    "APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources",
  kind: "Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds",
  metadata:
    "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata",
};

/** The schema of a custom kind as OpenAPI v3 publishes it: what the definition says, and what every object has. Source: apiextensions `openapi/builder`. */
export function openApiOfCustom(schema: JsonSchema, selectable: readonly SelectableField[] = []): object {
  const fields = selectable.map(({ jsonPath }) => ({ fieldPath: jsonPath.replace(/^\./, "") }));
  return { ...withTypeFields(publish(schema)), ...(fields.length > 0 && { "x-kubernetes-selectable-fields": fields }) };
}

function withTypeFields(node: Record<string, unknown>): Record<string, unknown> {
  const metadata = { description: TYPE_TEXTS.metadata, allOf: [{ $ref: `#/components/schemas/${META}.ObjectMeta` }] };
  const types = {
    apiVersion: { description: TYPE_TEXTS.apiVersion, type: "string" },
    kind: { description: TYPE_TEXTS.kind, type: "string" },
    metadata,
  };
  return { ...node, type: "object", properties: { ...(node.properties as object | undefined), ...types } };
}

/** One schema and what is in it. A number-or-text says so in OpenAPI's words, too. */
function publish(schema: JsonSchema): Record<string, unknown> {
  const node: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema)) node[key] = publishMember(key, value);
  if (schema["x-kubernetes-int-or-string"] && !schema.anyOf && !schema.allOf) node.anyOf = [{ type: "integer" }, { type: "string" }];
  return schema["x-kubernetes-embedded-resource"] ? withTypeFields(node) : node;
}

const ONE = new Set(["items", "additionalProperties", "not"]);
const SEVERAL = new Set(["allOf", "anyOf", "oneOf"]);

function publishMember(key: string, value: unknown): unknown {
  if (key === "properties" && isData(value))
    return Object.fromEntries(Object.entries(value).map(([name, p]) => [name, publish(p as JsonSchema)]));
  if (ONE.has(key) && isData(value)) return publish(value as JsonSchema);
  if (SEVERAL.has(key) && Array.isArray(value)) return value.map((one) => publish(one as JsonSchema));
  return value;
}
