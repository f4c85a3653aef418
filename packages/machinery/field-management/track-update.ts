import { type Data, isData } from "../data.ts";
import { capUpdaters } from "./cap-managers.ts";
import { type Comparison, compareFields, withoutFields } from "./compare.ts";
import { difference, type FieldSet, isEmptySet, union } from "./field-set.ts";
import { type FieldOwner, type Managed, type OwnedFields, ownerId } from "./managed-fields.ts";
import type { MergeSchema } from "./merge-schema.ts";
import { withoutSystemFields } from "./strip-meta.ts";

/** What a write of an object is about. */
export interface FieldWrite {
  schema: MergeSchema;
  owner: FieldOwner;
  /** Fields that this write can't change: they are neither owned nor in conflict. */
  ignored: FieldSet;
  /** Whether the kind is served in a version: who wrote in another owns nothing any more. */
  isServed(apiVersion: string): boolean;
  /** RFC 3339. */
  now: string;
}

/**
 * Who owns what after a write that is no apply: the owner gains what it changed and others lose it; what is gone nobody owns. An owner's time moves
 * only when it gained something. Source: structured-merge-diff `Updater.Update`, apimachinery managedfields `managedFieldsUpdater.Update`.
 */
export function trackUpdate(write: FieldWrite, live: object, next: object, managed: Managed): Managed {
  const comparison = compareObjects(write, live, next);
  const changed = union(comparison.modified, comparison.added);
  const result = withoutLost(write, managed, comparison, changed);
  const gained = withoutSystemFields(changed);
  if (!isEmptySet(gained)) {
    const id = ownerId(write.owner);
    const before = result.get(id);
    result.set(id, { owner: write.owner, fields: before ? union(before.fields, gained) : gained, time: write.now });
  }
  return capUpdaters(result);
}

/** How two objects differ in what this write can change. */
export function compareObjects(write: FieldWrite, live: object, next: object): Comparison {
  return withoutFields(compareFields(write.schema, withoutManagedFields(live), withoutManagedFields(next)), write.ignored);
}

/** Every owner without what was changed or is gone; `except` keeps all it has. */
export function withoutLost(
  { isServed }: FieldWrite,
  managed: Managed,
  { removed }: Comparison,
  changed: FieldSet,
  except?: string,
): Map<string, OwnedFields> {
  const result = new Map<string, OwnedFields>();
  for (const [id, owned] of managed) {
    if (id !== except && !isServed(owned.owner.apiVersion)) continue;
    const fields = id === except ? owned.fields : difference(difference(owned.fields, changed), removed);
    if (!isEmptySet(fields)) result.set(id, fields === owned.fields ? owned : { ...owned, fields });
  }
  return result;
}

/** The object without its managed fields, which own no part of themselves. The rest is shared. */
export function withoutManagedFields(object: object): Data {
  const { metadata } = object as Data;
  if (!isData(metadata) || !("managedFields" in metadata)) return object as Data;
  const { managedFields: _, ...rest } = metadata;
  return { ...object, metadata: rest };
}
