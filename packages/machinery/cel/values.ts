import { type Data, isData } from "../data.ts";
import { deepEqual } from "../deep-equal.ts";
import { itemsOf, type JsonSchema, valuesOf } from "../structural/json-schema.ts";
import { celName } from "./names.ts";

/** The types that a schema gives its values in CEL. Source: apiserver `cel/common` `SchemaDeclType`. */
export interface CelType {
  /** As declarations of variables and functions name it. */
  readonly name: string;
  /** A value from JSON in the form that CEL has it. */
  convert(value: unknown): unknown;
}

/** An object with fields of its own. It remembers what it was made of. */
export class CelObject extends Map<string, unknown> {
  readonly source: unknown;

  constructor(entries: Iterable<readonly [string, unknown]>, source: unknown) {
    super(entries);
    this.source = source;
  }
}

/** A class for a new type, its fields' types by their names in CEL, and how two of them compare. */
export interface ObjectDeclaration {
  name: string;
  ctor: typeof CelObject;
  fields: Record<string, string>;
}

const DYN: CelType = { name: "dyn", convert: dynamic };
const TIMESTAMP = "google.protobuf.Timestamp";
const DURATION = "google.protobuf.Duration";
const META_SCHEMA: JsonSchema = { type: "object", properties: { name: { type: "string" }, generateName: { type: "string" } } };
/** What every resource has besides its own fields, as far as rules see it. */
export const TYPE_FIELDS: Readonly<Record<string, JsonSchema>> = {
  apiVersion: { type: "string" },
  kind: { type: "string" },
  metadata: META_SCHEMA,
};

/** Reads the types of schemas; each object with fields becomes a type that `declare` is told of, once. */
export class SchemaTypes {
  readonly #declare: (declaration: ObjectDeclaration) => void;
  readonly #parse: { timestamp(text: string): unknown; duration(text: string): unknown };
  readonly #known = new Map<JsonSchema, CelType>();
  #count = 0;

  constructor(
    declare: (declaration: ObjectDeclaration) => void,
    parse: { timestamp(text: string): unknown; duration(text: string): unknown },
  ) {
    this.#declare = declare;
    this.#parse = parse;
  }

  /** @param isRoot whether it is the schema of an object of the API, which has metadata */
  typeOf(schema: JsonSchema, isRoot = false): CelType {
    const known = this.#known.get(schema) ?? this.#read(schema, isRoot);
    this.#known.set(schema, known);
    return known;
  }

  #read(schema: JsonSchema, isRoot: boolean): CelType {
    if (schema["x-kubernetes-int-or-string"] || schema.nullable) return DYN;
    switch (schema.type) {
      case "boolean":
        return { name: "bool", convert: (value) => value };
      case "integer":
        return { name: "int", convert: (value) => (typeof value === "number" ? BigInt(Math.trunc(value)) : value) };
      case "number":
        return { name: "double", convert: (value) => value };
      case "string":
        return this.#text(schema);
      case "array":
        return this.#list(schema);
      case "object":
        return this.#object(schema, isRoot || schema["x-kubernetes-embedded-resource"] === true);
      default:
        return DYN;
    }
  }

  #text({ format }: JsonSchema): CelType {
    if (format === "date-time" || format === "date")
      return { name: TIMESTAMP, convert: (value) => this.#parse.timestamp(stamp(String(value))) };
    if (format === "duration") return { name: DURATION, convert: (value) => this.#parse.duration(String(value)) };
    if (format === "byte") return { name: "bytes", convert: (value) => Buffer.from(String(value), "base64") };
    return { name: "string", convert: (value) => value };
  }

  #list(schema: JsonSchema): CelType {
    const items = itemsOf(schema);
    if (!items) return DYN;
    const { name, convert } = this.typeOf(items);
    return { name: `list<${name}>`, convert: (value) => (Array.isArray(value) ? value.map(convert) : value) };
  }

  #object(schema: JsonSchema, isResource: boolean): CelType {
    const values = valuesOf(schema);
    if (values) {
      const { name, convert } = this.typeOf(values);
      return { name: `map<string, ${name}>`, convert: (value) => mapped(value, () => convert) };
    }
    const properties = { ...schema.properties, ...(isResource && TYPE_FIELDS) };
    // What may be anything has no fields that a rule could rely on, but it is a value.
    const free = schema["x-kubernetes-preserve-unknown-fields"] && Object.keys(properties).length === 0;
    return free ? DYN : this.#declared(properties);
  }

  #declared(properties: Readonly<Record<string, JsonSchema>>): CelType {
    const name = `Object${++this.#count}`;
    const fields = Object.entries(properties).flatMap(([key, property]) => {
      const field = celName(key);
      return field === undefined ? [] : [{ key, field, type: this.typeOf(property) }];
    });
    const ctor = class extends CelObject {};
    this.#declare({ name, ctor, fields: Object.fromEntries(fields.map(({ field, type }) => [field, type.name])) });
    const convert = (value: unknown) => {
      if (!isData(value)) return value;
      const there = fields.filter(({ key }) => Object.hasOwn(value, key) && value[key] !== null);
      return new ctor(
        there.map(({ key, field, type }) => [field, type.convert(value[key])] as const),
        value,
      );
    };
    return { name, convert };
  }
}

/** Two objects are equal when what they were made of is. */
export const sameObject = (a: CelObject, b: CelObject): boolean => deepEqual(a.source, b.source);

/** A date alone is its midnight. */
const stamp = (text: string) => (/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);

function mapped(value: unknown, convert: (key: string) => (value: unknown) => unknown): unknown {
  if (!isData(value)) return value;
  return new Map(Object.entries(value as Data).map(([key, member]) => [key, convert(key)(member)]));
}

/** A value whose type nobody declared. */
function dynamic(value: unknown): unknown {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(dynamic);
  return mapped(value, () => dynamic);
}
