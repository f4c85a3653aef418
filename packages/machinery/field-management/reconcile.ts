import { type FieldSet, isEmptySet, MEMBER, subset } from "./field-set.ts";
import { isAssociative } from "./field-set-of.ts";
import type { Managed } from "./managed-fields.ts";
import { type MergeSchema, memberSchema } from "./merge-schema.ts";
import type { PathElement } from "./path-element.ts";

/**
 * Who owns what after the schema has changed: what is owned whole now belongs to all who owned a part of it. What is not owned whole any more stays
 * with its owners as it is. Source: structured-merge-diff `ReconcileFieldSetWithSchema`.
 */
export function reconcileManaged(schema: MergeSchema, managed: Managed): Managed {
  return new Map([...managed].map(([id, owned]) => [id, { ...owned, fields: reconcile(schema, owned.fields) }]));
}

function reconcile(schema: MergeSchema, set: FieldSet): FieldSet {
  const result: Record<PathElement, FieldSet> = {};
  let same = true;
  for (const element in set) {
    const before = set[element] as FieldSet;
    const inner = element === "." ? undefined : schemaAt(schema, element);
    const after = inner && !isEmptySet(subset(set, element)) ? (inner.shape === "leaf" ? MEMBER : reconcile(inner, before)) : before;
    if (after !== before) same = false;
    result[element] = after;
  }
  return same ? set : result;
}

function schemaAt(schema: MergeSchema, element: PathElement): MergeSchema | undefined {
  if (isAssociative(schema)) return schema.items;
  return element.startsWith("f:") ? memberSchema(schema, element.slice(2))?.schema : undefined;
}
