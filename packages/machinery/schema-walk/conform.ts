import { type Data, isData } from "../data.ts";
import { deepCopy } from "../deep-copy.ts";
import { resolveSchema } from "../resolve-schema.ts";
import type { Definitions, Schema } from "../schema.ts";
import { converterError } from "./converter-words.ts";
import { goStructName, goTypeOf, jsonTypeOf } from "./go-words.ts";
import { fitsInteger, readBase64, readIntOrString, readQuantity, readTime, WrongType } from "./scalars.ts";

/**
 * Whose words tell of a wrong type: the decoder of JSON (`json: cannot unmarshal string into Go struct field ...`), or the converter of values,
 * which strategic merge patches meet (`unrecognized type: int32`).
 */
export type TypeWords = "decoder" | "converter";

/** What a value has that its schema does not allow. Both lists are in the order of the value, except that what stops a decoder comes first. */
export interface SchemaFindings {
  /** Paths of fields that the schema does not have: `spec.containers[0].foo`. */
  unknown: string[];
  /**
   * Messages of the decoder, whole: `json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32`, or
   * `quantities must match ...`. The API server shows the first.
   */
  typeErrors: string[];
}

/** Looks for unknown fields and wrong types. `value` stays as it is. */
export function checkSchema(definitions: Definitions, schemaName: string, value: unknown): SchemaFindings {
  const { unknown, typeErrors } = conform(definitions, schemaName, value);
  return { unknown, typeErrors };
}

/**
 * A copy with only what the schema has, as Kubernetes' decoder would keep it: without unknown fields and nulls, quantities and times in
 * canonical form. Values of a wrong type are dropped.
 */
export function prune(definitions: Definitions, schemaName: string, value: unknown): unknown {
  return conform(definitions, schemaName, value).value;
}

/** `checkSchema` and `prune` in one walk. */
export function conform(
  definitions: Definitions,
  schemaName: string,
  value: unknown,
  words: TypeWords = "decoder",
): SchemaFindings & { value: unknown } {
  const walk = new Walk(definitions, words);
  const result = walk.value(value, { ref: schemaName });
  return { value: result, unknown: walk.unknown, typeErrors: [...walk.fatal, ...walk.typeErrors] };
}

class Walk {
  readonly unknown: string[] = [];
  /** Go's decoder goes on after these. */
  readonly typeErrors: string[] = [];
  /** Go's decoder stops at the first of these, and tells of no other. */
  readonly fatal: string[] = [];
  readonly #words: TypeWords;
  readonly #definitions: Definitions;
  readonly #path: (string | number)[] = [];
  /** The steps of the path that are struct fields: messages leave out indexes and keys of maps. */
  readonly #fields: string[] = [];
  /** Name of the innermost Go struct: messages speak of its fields. */
  #struct = "";

  constructor(definitions: Definitions, words: TypeWords) {
    this.#definitions = definitions;
    this.#words = words;
  }

  /** The value as it is kept; undefined when nothing of it is. */
  value(value: unknown, field: Schema): unknown {
    if (value === null || value === undefined) return undefined;
    const schema = resolveSchema(this.#definitions, field);
    if (schema.intOrString) return this.#read(() => readIntOrString(value));
    switch (schema.type) {
      case "object":
        return this.#object(value, schema, field);
      case "array":
        return this.#array(value, schema, field);
      case "string":
        return this.#string(value, schema, field);
      case "boolean":
        return typeof value === "boolean" ? value : this.#wrong(value, field);
      case "integer":
      case "number":
        return this.#number(value, schema, field);
      default:
        return deepCopy(value);
    }
  }

  #object(value: unknown, schema: Schema, field: Schema): unknown {
    const { properties, additionalProperties } = schema;
    if (!isData(value)) return schema.preserveUnknownFields ? deepCopy(value) : this.#wrong(value, field);
    if (!properties && !additionalProperties) return deepCopy(value);
    const outer = this.#struct;
    if (properties && field.ref !== undefined) this.#struct = goStructName(field.ref);
    const result: Data = {};
    for (const key in value) {
      this.#path.push(key);
      const child = this.#member(value[key], key, schema);
      if (child !== undefined) result[key] = child;
      this.#path.pop();
    }
    this.#struct = outer;
    return result;
  }

  #member(value: unknown, key: string, { properties, additionalProperties, preserveUnknownFields }: Schema): unknown {
    if (key === "__proto__") return this.#unknown();
    if (properties && Object.hasOwn(properties, key)) return this.#field(value, key, properties[key]!);
    if (additionalProperties) return value === null ? this.#zero(additionalProperties) : this.value(value, additionalProperties);
    if (preserveUnknownFields) return deepCopy(value);
    return this.#unknown();
  }

  #unknown(): undefined {
    this.unknown.push(pathText(this.#path));
    return undefined;
  }

  #field(value: unknown, key: string, field: Schema): unknown {
    this.#fields.push(key);
    const result = this.value(value, field);
    this.#fields.pop();
    return result;
  }

  #array(value: unknown, { items }: Schema, field: Schema): unknown {
    if (!Array.isArray(value)) return this.#wrong(value, field);
    if (!items) return deepCopy(value);
    const result: unknown[] = [];
    for (let i = 0; i < value.length; i++) {
      this.#path.push(i);
      const item = value[i] === null ? this.#zero(items) : this.value(value[i], items);
      if (item !== undefined) result.push(item);
      this.#path.pop();
    }
    return result;
  }

  #string(value: unknown, { format }: Schema, field: Schema): unknown {
    if (format === "quantity") return this.#read(() => readQuantity(value));
    if (format === "date-time") return this.#read(() => readTime(value, field.ref?.endsWith(".MicroTime") ?? false));
    if (typeof value !== "string") return this.#wrong(value, field);
    return format === "byte" ? this.#read(() => readBase64(value), this.typeErrors) : value;
  }

  #number(value: unknown, { type, format }: Schema, field: Schema): unknown {
    if (typeof value !== "number") return this.#wrong(value, field);
    return type === "number" || fitsInteger(value, format) ? value : this.#wrong(value, field);
  }

  /** What null stands for where something must stand: in a list or a map. */
  #zero(field: Schema): unknown {
    const { type, format } = resolveSchema(this.#definitions, field);
    if (type === "string") return format === "quantity" ? "0" : format === "date-time" ? undefined : "";
    if (type === "object") return {};
    if (type === "array") return [];
    return type === "boolean" ? false : type ? 0 : undefined;
  }

  #read<T>(read: () => T, errors = this.fatal): T | undefined {
    try {
      return read();
    } catch (error) {
      errors.push(
        error instanceof WrongType && this.#words === "decoder" ? this.#cannot(error.found, error.wanted) : (error as Error).message,
      );
      return undefined;
    }
  }

  #wrong(value: unknown, field: Schema): undefined {
    const schema = resolveSchema(this.#definitions, field);
    const found = typeof value === "number" && schema.type === "integer" ? `number ${value}` : jsonTypeOf(value);
    this.typeErrors.push(this.#words === "converter" ? converterError(value, schema) : this.#cannot(found, goTypeOf(field)));
    return undefined;
  }

  #cannot(found: string, wanted: string): string {
    const place = this.#fields.length > 0 ? `Go struct field ${this.#struct}.${this.#fields.join(".")} of type` : "Go value of type";
    return `json: cannot unmarshal ${found} into ${place} ${wanted}`;
  }
}

function pathText(path: readonly (string | number)[]): string {
  return path.reduce<string>((text, step) => (typeof step === "number" ? `${text}[${step}]` : `${text && `${text}.`}${step}`), "");
}
