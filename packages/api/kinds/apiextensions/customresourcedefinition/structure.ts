import { deepEqual, type FieldError, forbiddenField, invalid, required } from "@wherry/machinery";
import { itemsOf, type JsonSchema, propertyOf, valuesOf } from "@wherry/machinery/structural/json-schema.ts";

type Level = "root" | "item" | "field";

/**
 * Whether a schema is structural: it gives every field a type, and choices (`anyOf` and its like) only narrow what is there already. Source: apiextensions
 * `schema.ValidateStructural`.
 */
export function validateStructure(schema: JsonSchema, path: string, level: Level = "root"): FieldError[] {
  const items = itemsOf(schema);
  const values = valuesOf(schema);
  return [
    ...(items ? validateStructure(items, `${path}.items`, "item") : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, p]) => validateStructure(p, `${path}.properties[${name}]`, "field")),
    ...(schema.additionalProperties !== undefined && level === "root"
      ? [forbiddenField(`${path}.additionalProperties`, "must not be used at the root")]
      : []),
    ...(values ? validateStructure(values, `${path}.additionalProperties`, "field") : []),
    ...validateExtensions(schema, path),
    ...validateChoices(schema, path),
    ...validateType(schema, path, level),
    ...validateMetadata(schema, path, level),
  ];
}

function validateExtensions(schema: JsonSchema, path: string): FieldError[] {
  if (!schema["x-kubernetes-int-or-string"]) return [];
  const detail = "must be false if x-kubernetes-int-or-string is true";
  const both = (["x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"] as const).filter((name) => schema[name]);
  return both.map((name) => invalid(`${path}.${name}`, true, detail));
}

const LEVEL_DETAIL: Readonly<Record<Level, string>> = {
  root: "must not be empty at the root",
  item: "must not be empty for specified array items",
  field: "must not be empty for specified object fields",
};

function validateType(schema: JsonSchema, path: string, level: Level): FieldError[] {
  const { type } = schema;
  const at = `${path}.type`;
  const errors: FieldError[] = [];
  const free = schema["x-kubernetes-int-or-string"] || schema["x-kubernetes-preserve-unknown-fields"];
  if (schema["x-kubernetes-embedded-resource"] && type !== "object") {
    const detail = "must be object if x-kubernetes-embedded-resource is true";
    errors.push(type ? invalid(at, type, detail) : required(at, detail));
  } else if (!type && !free) errors.push(required(at, LEVEL_DETAIL[level]));
  if (level === "root" && type && type !== "object") errors.push(invalid(at, type, "must be object at the root"));
  return errors;
}

function validateMetadata(schema: JsonSchema, path: string, level: Level): FieldError[] {
  const embedded = schema["x-kubernetes-embedded-resource"] === true;
  const errors: FieldError[] = [];
  if (embedded && schema.additionalProperties !== undefined)
    errors.push(forbiddenField(`${path}.additionalProperties`, "must not be used if x-kubernetes-embedded-resource is set"));
  if (level !== "root" && !embedded) return errors;
  for (const name of ["apiVersion", "kind"]) {
    const property = propertyOf(schema, name);
    if (property && property.type !== "string")
      errors.push(invalid(`${path}.properties[${name}].type`, property.type ?? "", "must be string"));
  }
  const metadata = propertyOf(schema, "metadata");
  const at = `${path}.properties[metadata]`;
  if (metadata && metadata.type !== "object") errors.push(invalid(`${at}.type`, metadata.type ?? "", "must be object"));
  if (metadata && level === "root" && !onlyNames(metadata))
    errors.push(forbiddenField(at, "must not specify anything other than name and generateName, but metadata is implicitly specified"));
  if (embedded && !schema["x-kubernetes-preserve-unknown-fields"] && Object.keys(schema.properties ?? {}).length === 0) {
    const detail = "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields";
    errors.push(required(`${path}.properties`, detail));
  }
  return errors;
}

function onlyNames({ type: _t, description: _d, properties = {}, ...rest }: JsonSchema): boolean {
  return Object.keys(rest).length === 0 && Object.keys(properties).every((name) => name === "name" || name === "generateName");
}

const INT_OR_STRING = [{ type: "integer" }, { type: "string" }];

function validateChoices(schema: JsonSchema, path: string): FieldError[] {
  const { allOf = [], anyOf = [], oneOf = [], not } = schema;
  // The customary ways to say "a number or a text" speak of types, and are allowed to.
  const intOrString = schema["x-kubernetes-int-or-string"] === true;
  const anyOfIsType = intOrString && deepEqual(anyOf, INT_OR_STRING);
  const allOfIsType = intOrString && deepEqual(allOf[0], { anyOf: INT_OR_STRING });
  const all = (name: string, list: readonly JsonSchema[], skip = 0) =>
    list.flatMap((one, i) => (i < skip ? [] : validateChoice(one, schema, `${path}.${name}[${i}]`, path)));
  return [
    ...(anyOfIsType ? [] : all("anyOf", anyOf)),
    ...all("allOf", allOf, allOfIsType ? 1 : 0),
    ...all("oneOf", oneOf),
    ...(not ? validateChoice(not, schema, `${path}.not`, path) : []),
  ];
}

const MUST_BE: readonly (readonly [keyof JsonSchema, string])[] = [
  ["type", "must be empty to be structural"],
  ["additionalProperties", "must be undefined to be structural"],
  ["default", "must be undefined to be structural"],
  ["title", "must be empty to be structural"],
  ["description", "must be empty to be structural"],
  ["nullable", "must be false to be structural"],
  ["x-kubernetes-preserve-unknown-fields", "must be false to be structural"],
  ["x-kubernetes-embedded-resource", "must be false to be structural"],
  ["x-kubernetes-int-or-string", "must be false to be structural"],
  ["x-kubernetes-list-map-keys", "must be empty to be structural"],
  ["x-kubernetes-list-type", "must be undefined to be structural"],
  ["x-kubernetes-map-type", "must be undefined to be structural"],
  ["x-kubernetes-validations", "must be empty to be structural"],
];

/** A schema in a choice says nothing about structure, and nothing about fields that the structure does not have. */
function validateChoice(choice: JsonSchema, structure: JsonSchema | undefined, path: string, at: string): FieldError[] {
  const { allOf = [], anyOf = [], oneOf = [], not, properties = {} } = choice;
  const errors = MUST_BE.filter(([field]) => choice[field]).map(([field, detail]) => forbiddenField(`${path}.${field}`, detail));
  if (Object.hasOwn(properties, "metadata"))
    errors.push(forbiddenField(`${path}.properties[metadata]`, "must not be specified in a nested context"));
  const inner = Object.entries({ allOf, anyOf, oneOf }).flatMap(([name, list]) =>
    list.flatMap((one, i) => validateChoice(one, structure, `${path}.${name}[${i}]`, at)),
  );
  if (not) inner.push(...validateChoice(not, structure, `${path}.not`, at));
  const items = itemsOf(choice);
  if (items) inner.push(...validatePart(items, itemsOf(structure), `${path}.items`, `${at}.items`));
  for (const [name, property] of Object.entries(properties))
    inner.push(...validatePart(property, propertyOf(structure, name), `${path}.properties[${name}]`, `${at}.properties[${name}]`));
  return [...errors, ...inner];
}

function validatePart(choice: JsonSchema, structure: JsonSchema | undefined, path: string, at: string): FieldError[] {
  return structure ? validateChoice(choice, structure, path, at) : [required(at, `because it is defined in ${path}`)];
}
