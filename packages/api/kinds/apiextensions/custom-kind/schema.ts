import { type ApiObject, deepCopy, type FieldError, invalid } from "@wherry/machinery";
import type { CelRules } from "@wherry/machinery/cel/index.ts";
import { type Data, isData } from "@wherry/machinery/data.ts";
import {
  decodeStructural,
  defaultStructural,
  type JsonSchema,
  loadPatterns,
  pruneStructural,
  validateEmbedded,
  validateListTypes,
  validateStructural,
  validateStructuralUpdate,
} from "@wherry/machinery/structural/index.ts";
import { definitions } from "../../../definitions.ts";

const BLOCKING: ReadonlySet<FieldError["type"]> = new Set([
  "FieldValueNotSupported",
  "FieldValueRequired",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "FieldValueTypeInvalid",
]);
const NOT_CHECKED: FieldError = invalid(
  "<nil>",
  "null",
  "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
);

/** What the schema of one version of a custom resource does to its objects. */
export class CustomSchema {
  readonly schema: JsonSchema;
  #rules: CelRules | undefined;

  constructor(schema: JsonSchema) {
    this.schema = schema;
  }

  /** Must be done before `validate`. What the schema has no need for is not loaded. */
  async load(): Promise<void> {
    if (mentions(this.schema, "pattern")) await loadPatterns();
    if (this.#rules || !mentions(this.schema, "x-kubernetes-validations")) return;
    const { CelRules, loadCel } = await import("@wherry/machinery/cel/index.ts");
    await loadCel();
    this.#rules ??= new CelRules(this.schema);
  }

  decode(value: Data) {
    return decodeStructural(this.schema, definitions, value);
  }

  /** Fills in the defaults. Changes `object`. */
  defaults(object: ApiObject): void {
    defaultStructural(this.schema, object);
  }

  /** What the schema would make of an object that was stored under another one. Gives the same object when that is what it is. */
  refresh<O extends ApiObject>(stored: O): O {
    const object = deepCopy(stored);
    pruneStructural(this.schema, object);
    defaultStructural(this.schema, object);
    return object;
  }

  /** Source: apiextensions `customResourceStrategy.Validate` and `ValidateUpdate`. */
  validate(object: ApiObject, previous?: ApiObject): FieldError[] {
    const found = previous ? validateStructuralUpdate(this.schema, object, previous) : validateStructural(this.schema, object);
    // A list that had something twice before may go on.
    const twice = previous && validateListTypes(this.schema, previous).length > 0 ? [] : validateListTypes(this.schema, object);
    const errors = [...found, ...validateEmbedded(this.schema, object), ...twice];
    if (!this.#rules) return errors;
    // A rule may expect that the schema holds.
    if (errors.some(({ type }) => BLOCKING.has(type))) return [...errors, NOT_CHECKED];
    return [...errors, ...this.#rules.validate(object, previous)];
  }
}

/** What a number of replicas may be. Source: apiextensions `ValidateScaleSpec`, `ValidateScaleStatus`. */
export function validateReplicas(object: ApiObject, path: string): FieldError[] {
  const value = path
    .split(".")
    .filter(Boolean)
    .reduce<unknown>((at, step) => (isData(at) ? at[step] : undefined), object);
  if (typeof value !== "number") return [];
  if (value < 0) return [invalid(path, value, "should be a non-negative integer")];
  return value > 2147483647 ? [invalid(path, value, "should be less than or equal to 2147483647")] : [];
}

/** Whether a keyword stands anywhere in a schema. */
export function mentions(schema: unknown, keyword: keyof JsonSchema): boolean {
  if (Array.isArray(schema)) return schema.some((one) => mentions(one, keyword));
  return isData(schema) && (Object.hasOwn(schema, keyword) || Object.values(schema).some((part) => mentions(part, keyword)));
}
