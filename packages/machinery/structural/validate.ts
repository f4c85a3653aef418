import { type Data, isData } from "../data.ts";
import { deepEqual } from "../deep-equal.ts";
import { type FieldError, invalid, notSupported, required, tooMany } from "../field-error.ts";
import { hasFormat } from "./formats.ts";
import { goNumber } from "./go-number.ts";
import { itemsBefore } from "./items-before.ts";
import { itemsOf, type JsonSchema, propertyOf, stepTo } from "./json-schema.ts";
import { compilePattern } from "./pattern.ts";

/**
 * What of `value` a schema does not allow, in upstream's words and order. Patterns need `loadPatterns`. Source: kube-openapi `pkg/validation/validate`,
 * apiextensions `validation.ValidateCustomResource`.
 */
export function validateStructural(schema: JsonSchema, value: unknown, path = ""): FieldError[] {
  return check(schema, value, path, undefined).errors;
}

/**
 * The same of a change: what was not touched may stay, whatever is wrong with it. Items are known again by their keys where a list has some, else the list counts as a
 * whole. Source: KEP-4008, apiextensions `RatchetingSchemaValidator`.
 */
export function validateStructuralUpdate(schema: JsonSchema, next: unknown, prev: unknown): FieldError[] {
  return check(schema, next, "", prev).errors;
}

/** What came of a check. The more of a schema fits, the nearer it is to what was meant: `matches` counts what was looked at. */
interface Result {
  errors: FieldError[];
  matches: number;
}

/** @param prev what was there before; undefined where that is not known */
function check(schema: JsonSchema, value: unknown, path: string, prev: unknown): Result {
  const result = checkAll(schema, value, path, prev);
  return result.errors.length > 0 && prev !== undefined && deepEqual(prev, value) ? { ...result, errors: [] } : result;
}

function checkAll(schema: JsonSchema, value: unknown, path: string, prev: unknown): Result {
  const errors = [...checkType(schema, value, path)];
  if (value === null) return { errors: [...errors, ...checkEnum(schema, value, path)], matches: 1 };
  const parts = [checkAlternatives(schema, value, path)];
  if (typeof value === "string") parts.push(plain(checkText(schema, value, path)));
  else if (typeof value === "number") parts.push(plain(checkNumber(schema, value, path)));
  else if (Array.isArray(value)) parts.push(checkList(schema, value, path, prev));
  parts.push(plain(checkEnum(schema, value, path)));
  if (isData(value)) parts.push(checkObject(schema, value, path, prev));
  return merged([plain(errors), ...parts]);
}

const plain = (errors: FieldError[]): Result => ({ errors, matches: 1 });
const merged = (results: readonly Result[]): Result => ({
  errors: results.flatMap((r) => r.errors),
  matches: results.reduce((sum, r) => sum + r.matches, 0),
});

const said = (path: string, what: string) => `${path} in body ${what}`;
const wrongType = (path: string, found: string, wanted: string): FieldError => ({
  ...invalid(path, found, said(path, `must be of type ${wanted}: ${JSON.stringify(found)}`)),
  type: "FieldValueTypeInvalid",
});

function checkType(schema: JsonSchema, value: unknown, path: string): FieldError[] {
  const types = schema["x-kubernetes-int-or-string"] ? ["integer", "string"] : schema.type ? [schema.type] : [];
  if (types.length === 0) return [];
  if (value === null) return schema.nullable ? [] : [wrongType(path, "null", types.join(","))];
  const found = typeName(value);
  const fits = types.includes(found) || (found === "integer" && types.includes("number"));
  if (fits) return [];
  const numeric = types.includes("integer") || types.includes("number");
  // Upstream speaks of the format where the value has one of its own.
  if (schema.format && numeric && typeof value !== "string" && !Array.isArray(value))
    return [wrongType(path, found === "number" ? "double" : "", schema.format)];
  return [wrongType(path, found, types.join(","))];
}

function typeName(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

function checkEnum({ enum: allowed }: JsonSchema, value: unknown, path: string): FieldError[] {
  if (!allowed || allowed.length === 0 || allowed.some((one) => deepEqual(one, value))) return [];
  return [
    notSupported(
      path,
      value,
      allowed.map((one) => (typeof one === "string" ? one : JSON.stringify(one))),
    ),
  ];
}

function checkText(schema: JsonSchema, value: string, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { minLength, maxLength, pattern, format } = schema;
  const length = minLength === undefined && maxLength === undefined ? 0 : [...value].length;
  if (maxLength !== undefined && length > maxLength)
    errors.push({ type: "FieldValueTooLong", field: path, message: `Too long: may not be longer than ${maxLength}` });
  if (minLength !== undefined && length < minLength)
    errors.push(invalid(path, value, said(path, `should be at least ${minLength} chars long`)));
  if (pattern !== undefined && !compilePattern(pattern)(value)) errors.push(invalid(path, value, said(path, `should match '${pattern}'`)));
  if (format && !hasFormat(format, value))
    errors.push({
      ...invalid(path, value, said(path, `must be of type ${format}: ${JSON.stringify(value)}`)),
      type: "FieldValueTypeInvalid",
    });
  return errors;
}

function checkNumber(schema: JsonSchema, value: number, path: string): FieldError[] {
  const { multipleOf, maximum, minimum } = schema;
  const wrong = (what: string, limit: number) => invalid(path, value, said(path, `should be ${what} ${goNumber(limit)}`));
  const errors: FieldError[] = [];
  if (multipleOf !== undefined && !isMultiple(value, multipleOf)) errors.push(wrong("a multiple of", multipleOf));
  if (maximum !== undefined && (schema.exclusiveMaximum ? value >= maximum : value > maximum))
    errors.push(wrong(schema.exclusiveMaximum ? "less than" : "less than or equal to", maximum));
  if (minimum !== undefined && (schema.exclusiveMinimum ? value <= minimum : value < minimum))
    errors.push(wrong(schema.exclusiveMinimum ? "greater than" : "greater than or equal to", minimum));
  const range = intRange(schema.format);
  if (range && Number.isInteger(value) && (value < -range || value > range - 1))
    errors.push(invalid(path, value, said(path, `must be of type ${schema.format}: ${JSON.stringify(String(value))}`)));
  return errors;
}

const intRange = (format: string | undefined) => (format === "int32" ? 2 ** 31 : format === "int64" ? 2 ** 63 : undefined);

function isMultiple(value: number, of: number): boolean {
  const times = value / of;
  return Math.abs(times - Math.round(times)) < 1e-9 * Math.max(1, Math.abs(times));
}

function checkList(schema: JsonSchema, list: readonly unknown[], path: string, prev: unknown): Result {
  const { minItems, maxItems, uniqueItems } = schema;
  const items = itemsOf(schema);
  const before = itemsBefore(schema, prev);
  const inner = items ? list.map((item, i) => check(items, item, stepTo(path, i), before(item))) : [];
  const errors: FieldError[] = [];
  if (minItems !== undefined && list.length < minItems)
    errors.push(invalid(path, list.length, said(path, `should have at least ${minItems} items`)));
  if (maxItems !== undefined && list.length > maxItems) errors.push(tooMany(path, list.length, maxItems));
  if (uniqueItems && list.some((item, i) => list.slice(0, i).some((other) => deepEqual(other, item))))
    errors.push(invalid(path, list, said(path, "shouldn't contain duplicates")));
  return merged([...inner, plain(errors)]);
}

function checkObject(schema: JsonSchema, object: Data, path: string, prev: unknown): Result {
  const { minProperties, maxProperties } = schema;
  const count = Object.keys(object).length;
  const errors: FieldError[] = [];
  if (minProperties !== undefined && count < minProperties)
    errors.push(invalid(path, count, said(path, `should have at least ${minProperties} properties`)));
  if (maxProperties !== undefined && count > maxProperties) errors.push(tooMany(path, count, maxProperties));
  const { additionalProperties: values } = schema;
  const before = (key: string) => (isData(prev) && Object.hasOwn(prev, key) ? prev[key] : undefined);
  const inner = Object.entries(object).flatMap(([key, member]) => {
    const at = stepTo(path, key);
    const known = propertyOf(schema, key) ?? values;
    if (known === false) return [plain([invalid(at, "", said(at, "is a forbidden property"))])];
    return typeof known === "object" ? [check(known, member, at, before(key))] : [];
  });
  const missing = (schema.required ?? []).filter((key) => !Object.hasOwn(object, key)).map((key) => required(stepTo(path, key)));
  return merged([plain(errors), ...inner, plain(missing)]);
}

/** Upstream names no field in these, but says where in the text. */
const choice = (path: string, what: string) => invalid("<nil>", "", `${JSON.stringify(path)} ${what}`);

function checkAlternatives(schema: JsonSchema, value: unknown, path: string): Result {
  const { anyOf, oneOf, allOf, not } = schema;
  const results: Result[] = [];
  if (anyOf?.length) results.push(checkAnyOf(anyOf, value, path));
  if (oneOf?.length) results.push(checkOneOf(oneOf, value, path));
  if (allOf?.length) results.push(checkAllOf(allOf, value, path));
  if (not && check(not, value, path, undefined).errors.length === 0)
    results.push(plain([choice(path, "must not validate the schema (not)")]));
  return merged(results);
}

const isValid = ({ errors }: Result) => errors.length === 0;
const nearest = (results: readonly Result[]) => results.reduce((best, r) => (r.matches > best.matches ? r : best));

function checkAnyOf(schemas: readonly JsonSchema[], value: unknown, path: string): Result {
  const results = schemas.map((schema) => check(schema, value, path, undefined));
  const fits = results.find(isValid);
  if (fits) return fits;
  return merged([plain([choice(path, "must validate at least one schema (anyOf)")]), nearest(results)]);
}

function checkOneOf(schemas: readonly JsonSchema[], value: unknown, path: string): Result {
  const results = schemas.map((schema) => check(schema, value, path, undefined));
  const fits = results.filter(isValid);
  if (fits.length === 1) return fits[0] as Result;
  const found = fits.length === 0 ? "Found none valid" : `Found ${fits.length} valid alternatives`;
  const wrong = plain([choice(path, `must validate one and only one schema (oneOf). ${found}`)]);
  return fits.length === 0 ? merged([wrong, nearest(results)]) : wrong;
}

function checkAllOf(schemas: readonly JsonSchema[], value: unknown, path: string): Result {
  const results = schemas.map((schema) => check(schema, value, path, undefined));
  const fits = results.filter(isValid).length;
  if (fits === schemas.length) return merged(results);
  return merged([...results, plain([choice(path, `must validate all the schemas (allOf)${fits === 0 ? ". None validated" : ""}`)])]);
}
