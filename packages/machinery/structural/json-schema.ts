/** A validation rule in CEL. Source: apiextensions `ValidationRule`. */
export interface CelRule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason?: string;
  readonly fieldPath?: string;
  readonly optionalOldSelf?: boolean;
}

/**
 * The OpenAPI v3 schema of a custom resource, as its CustomResourceDefinition has it. The functions of this folder take one that is structural
 * (the definition's own validation makes sure). Source: apiextensions `JSONSchemaProps`.
 */
export interface JsonSchema {
  readonly type?: string;
  readonly format?: string;
  readonly title?: string;
  readonly description?: string;
  readonly nullable?: boolean;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema | readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly not?: JsonSchema;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-embedded-resource"?: boolean;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-list-type"?: string;
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  readonly "x-kubernetes-map-type"?: string;
  readonly "x-kubernetes-validations"?: readonly CelRule[];
}

/** What every object has, whatever its schema says. */
export const TYPE_FIELDS: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata"]);

/** The schema of a field, or undefined when there is none of its own. */
export function propertyOf(schema: JsonSchema | undefined, name: string): JsonSchema | undefined {
  return schema?.properties && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
}

/** The schema of the values of a map; undefined when the map has none, or any are allowed. */
export function valuesOf(schema: JsonSchema | undefined): JsonSchema | undefined {
  return typeof schema?.additionalProperties === "object" ? schema.additionalProperties : undefined;
}

/** The schema of a list's items. */
export function itemsOf(schema: JsonSchema | undefined): JsonSchema | undefined {
  return schema?.items && !Array.isArray(schema.items) ? (schema.items as JsonSchema) : undefined;
}

/** The schema of what stands at `key` of an object: a field of its own before the values of a map. */
export function memberOf(schema: JsonSchema | undefined, key: string): JsonSchema | undefined {
  return propertyOf(schema, key) ?? valuesOf(schema);
}

/** `spec.names[0].first`: a step is a field or a map's key, or an index. */
export function stepTo(path: string, step: string | number): string {
  if (typeof step === "number") return `${path}[${step}]`;
  return path ? `${path}.${step}` : step;
}
