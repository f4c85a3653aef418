import { resolveSchema } from "../resolve-schema.ts";
import type { Definitions, Schema } from "../schema.ts";

/** How one field is merged. */
export interface FieldStrategy {
  /** The schema of the field's value, or of a list's items; empty when nothing is known. */
  schema: Schema;
  /** `merge` combines lists, `replace` takes the patch's value whole; absent: objects merge, lists are replaced. */
  strategy: "merge" | "replace" | undefined;
  retainKeys: boolean;
  /** The field that tells the items of a list apart; absent for lists of scalars. */
  mergeKey: string | undefined;
}

/** How field `name` of an object with `schema` (resolved) is merged. Source: apimachinery `strategicpatch.LookupPatchMeta`. */
export function strategyOf(definitions: Definitions, schema: Schema, name: string): FieldStrategy {
  const properties = schema.properties ?? {};
  const field = Object.hasOwn(properties, name) ? properties[name] : schema.additionalProperties;
  const value = resolveSchema(definitions, field);
  const words = field?.patchStrategy?.split(",") ?? [];
  return {
    schema: value.items ? resolveSchema(definitions, value.items) : value,
    strategy: words.includes("replace") ? "replace" : words.includes("merge") ? "merge" : undefined,
    retainKeys: words.includes("retainKeys"),
    mergeKey: field?.patchMergeKey,
  };
}
