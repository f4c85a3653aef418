import { type FieldError, forbiddenField, invalid, notSupported, required } from "@wherry/machinery";
import { compilePattern, itemsOf, type JsonSchema, propertyOf } from "@wherry/machinery/structural/index.ts";

/** Where a schema is: what may stand in it differs. */
interface Place {
  /** Inside of a choice (`anyOf` and its like) nothing is given a default. */
  defaults: boolean;
}

/** What of OpenAPI a schema may say at all, at every depth. Source: apiextensions `ValidateCustomResourceDefinitionOpenAPISchema`. */
export function validateNode(schema: JsonSchema, path: string, place: Place = { defaults: true }): FieldError[] {
  return [
    ...unsupported(schema, path, place),
    ...validatePattern(schema, path),
    ...children(schema, path, place),
    ...validateMapType(schema, path),
    ...validateListType(schema, path),
  ];
}

const NOT_SUPPORTED = ["id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref"];

function unsupported(schema: JsonSchema, path: string, { defaults }: Place): FieldError[] {
  const errors: FieldError[] = [];
  const forbid = (field: string, detail: string) => errors.push(forbiddenField(`${path}.${field}`, detail));
  if (schema.default !== undefined && !defaults) forbid("default", "must not be set");
  for (const field of NOT_SUPPORTED) if (Object.hasOwn(schema, field)) forbid(field, `${field} is not supported`);
  if (schema.type === "null") forbid("type", "type cannot be set to null, use nullable as an alternative");
  if (Array.isArray(schema.items)) forbid("items", "items must be a schema object and not an array");
  if (schema.uniqueItems) forbid("uniqueItems", "uniqueItems cannot be set to true since the runtime complexity becomes quadratic");
  if (schema.type && !TYPES.includes(schema.type)) errors.push(notSupported(`${path}.type`, schema.type, TYPES));
  const values = schema.additionalProperties;
  if (values !== undefined && schema.properties && Object.keys(schema.properties).length > 0)
    forbid("additionalProperties", "additionalProperties and properties are mutual exclusive");
  else if (values === false) forbid("additionalProperties", "additionalProperties cannot be set to false");
  if (schema["x-kubernetes-preserve-unknown-fields"] === false)
    errors.push(invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, "must be true or undefined"));
  return errors;
}

const TYPES = ["array", "boolean", "integer", "number", "object", "string"];

function validatePattern({ pattern }: JsonSchema, path: string): FieldError[] {
  if (!pattern) return [];
  try {
    compilePattern(pattern);
    return [];
  } catch (error) {
    return [invalid(`${path}.pattern`, pattern, `must be a valid regular expression, but isn't: ${(error as Error).message}`)];
  }
}

function children(schema: JsonSchema, path: string, place: Place): FieldError[] {
  const { additionalProperties: values, properties = {}, allOf, anyOf, oneOf, not } = schema;
  const items = itemsOf(schema);
  const inChoice = { defaults: false };
  const choices = Object.entries({ allOf, oneOf, anyOf }).flatMap(([name, list]) =>
    (list ?? []).flatMap((one, i) => validateNode(one, `${path}.${name}[${i}]`, inChoice)),
  );
  return [
    ...(typeof values === "object" ? validateNode(values, `${path}.additionalProperties`, place) : []),
    ...Object.entries(properties).flatMap(([name, property]) => validateNode(property, `${path}.properties[${name}]`, place)),
    ...(not ? validateNode(not, `${path}.not`, inChoice) : []),
    ...choices,
    ...(items ? validateNode(items, `${path}.items`, place) : []),
  ];
}

/** A type that must be this one. */
function mustBe(type: string | undefined, wanted: string, path: string, detail: string): FieldError[] {
  if (type === wanted) return [];
  return [type ? invalid(path, type, detail) : required(path, detail)];
}

function validateMapType(schema: JsonSchema, path: string): FieldError[] {
  const type = schema["x-kubernetes-map-type"];
  if (type === undefined) return [];
  return [
    ...mustBe(schema.type, "object", `${path}.type`, "must be object if x-kubernetes-map-type is specified"),
    ...(type === "atomic" || type === "granular" ? [] : [notSupported(`${path}.x-kubernetes-map-type`, type, ["atomic", "granular"])]),
  ];
}

function validateListType(schema: JsonSchema, path: string): FieldError[] {
  const type = schema["x-kubernetes-list-type"];
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const errors: FieldError[] = [];
  if (type !== undefined) {
    errors.push(...mustBe(schema.type, "array", `${path}.type`, "must be array if x-kubernetes-list-type is specified"));
    if (!["atomic", "set", "map"].includes(type))
      errors.push(notSupported(`${path}.x-kubernetes-list-type`, type, ["atomic", "set", "map"]));
  }
  if (keys.length > 0)
    errors.push(...mustBe(type, "map", `${path}.x-kubernetes-list-type`, "must be map if x-kubernetes-list-map-keys is non-empty"));
  if (type === "map") errors.push(...validateMapList(schema, keys, path));
  if (type === "set") errors.push(...validateSet(itemsOf(schema), `${path}.items`));
  return errors;
}

function validateMapList(schema: JsonSchema, keys: readonly string[], path: string): FieldError[] {
  const items = itemsOf(schema);
  const empty =
    keys.length === 0 ? [required(`${path}.x-kubernetes-list-map-keys`, "must not be empty if x-kubernetes-list-type is map")] : [];
  if (!items) return [...empty, required(`${path}.items`, "must have a schema if x-kubernetes-list-type is map")];
  const notObject = mustBe(items.type, "object", `${path}.items.type`, "must be object if parent array's x-kubernetes-list-type is map");
  return [...empty, ...notObject, ...keys.flatMap((key, i) => validateKey(items, key, path, i))];
}

function validateKey(items: JsonSchema, key: string, path: string, i: number): FieldError[] {
  const property = propertyOf(items, key);
  const at = `${path}.items.properties[${key}]`;
  if (!property) return [invalid(`${path}.x-kubernetes-list-map-keys[${i}]`, key, "entries must all be names of item properties")];
  const errors: FieldError[] = [];
  if (property.type === "array" || property.type === "object")
    errors.push(invalid(`${at}.type`, property.type, "must be a scalar type if parent array's x-kubernetes-list-type is map"));
  const role = "this property is in x-kubernetes-list-map-keys, so it";
  if (property.default === undefined && !items.required?.includes(key))
    errors.push(required(`${at}.default`, `${role} must have a default or be a required property`));
  if (property.nullable) errors.push(forbiddenField(`${at}.nullable`, `${role} cannot be nullable`));
  return errors;
}

function validateSet(items: JsonSchema | undefined, path: string): FieldError[] {
  if (!items) return [required(path, "must have a schema if x-kubernetes-list-type is set")];
  const detail = "must be atomic as item of a list with x-kubernetes-list-type=set";
  const errors: FieldError[] = [];
  if (items.nullable) errors.push(forbiddenField(`${path}.nullable`, 'cannot be nullable when x-kubernetes-list-type is "set"'));
  const rule = items.type === "object" ? "x-kubernetes-map-type" : items.type === "array" ? "x-kubernetes-list-type" : undefined;
  if (!rule) return errors;
  // A list is atomic unless it says otherwise, a map is not.
  const value = items[rule] ?? (items.type === "array" ? "atomic" : undefined);
  return value === "atomic" ? errors : [...errors, ...mustBe(value, "atomic", `${path}.${rule}`, detail)];
}
