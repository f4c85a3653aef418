import { itemsOf, type JsonSchema, valuesOf } from "../structural/json-schema.ts";
import { celName } from "./names.ts";
import { TYPE_FIELDS } from "./values.ts";

/** What is known of the size of values before there are any. Source: apiserver `cel.DeclType`, `cel/common.SchemaDeclType`. */
export interface Sized {
  /** The most characters, items or entries; 0 for what has none. */
  readonly most: number;
  /** The fewest bytes that such a value takes as JSON. */
  readonly bytes: number;
  /** Of a list's items, or a map's values. */
  readonly element?: Sized;
  readonly keys?: Sized;
  /** By their names in CEL. */
  readonly fields?: ReadonlyMap<string, Sized>;
}

/** What a request may be at most, in bytes: no value is larger. Source: apiserver `cel.DefaultMaxRequestSizeBytes`. */
const MAX_REQUEST = 3 * 1024 * 1024;
/** Of texts by their format, with their quotes: the fewest and the most bytes. */
const FORMATS: Readonly<Record<string, readonly [least: number, most: number]>> = {
  date: [12, 12],
  "date-time": [22, 37],
  duration: [4, 32],
};
const KEY: Sized = { most: 0, bytes: 2 };

/** How many of something with a smallest size there can be in one request. Source: apiextensions `cel.MaxCardinality`. */
export const mostInRequest = ({ bytes }: Pick<Sized, "bytes">): number => Math.floor(MAX_REQUEST / (bytes + 1));

/** The sizes that a schema allows; undefined where it says nothing of what there may be. */
export function sizeOfSchema(schema: JsonSchema, isResource = true): Sized | undefined {
  if (schema["x-kubernetes-int-or-string"]) return { most: MAX_REQUEST - 2, bytes: 1 };
  switch (schema.type) {
    case "boolean":
      return { most: 0, bytes: 4 };
    case "integer":
    case "number":
      return { most: 0, bytes: 1 };
    case "string":
      return sizeOfText(schema);
    case "array":
      return sizeOfList(schema);
    case "object":
      return sizeOfObject(schema, isResource || schema["x-kubernetes-embedded-resource"] === true);
    default:
      return undefined;
  }
}

function sizeOfText({ format = "", maxLength, enum: choices }: JsonSchema): Sized {
  const [bytes, most] = FORMATS[format] ?? [2, MAX_REQUEST - 2];
  if (FORMATS[format]) return { most, bytes };
  // A character takes four bytes at most.
  if (maxLength !== undefined) return { most: Math.max(0, maxLength) * (format === "byte" ? 1 : 4), bytes };
  if (choices?.length) return { most: Math.max(...choices.map((choice) => String(choice).length + 2)), bytes };
  return { most, bytes };
}

function sizeOfList(schema: JsonSchema): Sized | undefined {
  const items = itemsOf(schema);
  const element = items && sizeOfSchema(items, false);
  if (!element) return undefined;
  return { most: schema.maxItems ?? Math.floor((MAX_REQUEST - 2) / (element.bytes + 1)), bytes: 2, element };
}

function sizeOfObject(schema: JsonSchema, isResource: boolean): Sized | undefined {
  const values = valuesOf(schema);
  if (!values) return sizeOfFields(schema, isResource);
  const element = sizeOfSchema(values, false);
  if (!element) return undefined;
  return { most: schema.maxProperties ?? Math.floor((MAX_REQUEST - 2) / (element.bytes + 6)), bytes: 2, element, keys: KEY };
}

function sizeOfFields(schema: JsonSchema, isResource: boolean): Sized {
  const fields = new Map<string, Sized>();
  let bytes = 2;
  for (const [name, property] of Object.entries({ ...schema.properties, ...(isResource && TYPE_FIELDS) })) {
    const size = sizeOfSchema(property, false);
    const field = celName(name);
    if (!size) continue;
    if (field !== undefined) fields.set(field, size);
    if (schema.required?.includes(name) && property.default === undefined) bytes += name.length + 4 + size.bytes;
  }
  return { most: 0, bytes, fields };
}
