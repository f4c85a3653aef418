import type { Data } from "../data.ts";
import { deepEqual } from "../deep-equal.ts";
import { type Conflict, conflictError } from "./conflict.ts";
import { difference, EMPTY_SET, type FieldSet, intersection, isEmptySet, recursiveDifference } from "./field-set.ts";
import { fieldSetOf } from "./field-set-of.ts";
import { allowedByLastApplied } from "./last-applied-conflicts.ts";
import { type Managed, type OwnedFields, ownerId } from "./managed-fields.ts";
import { mergeFields } from "./merge.ts";
import { pruneApplied } from "./prune-applied.ts";
import { withoutSystemFields } from "./strip-meta.ts";
import { Comparisons, type FieldWrite, trackUpdate, withoutLost, withoutManagedFields } from "./track-update.ts";

/** What came of an apply. */
export interface Applied {
  /** Without managed fields. It shares parts with what it was made from. */
  object: Data;
  managed: Managed;
}

/**
 * Merges a configuration into an object: what it says is the owner's from now on, what the owner said before and says no more is removed unless
 * somebody else owns it. Throws a Conflict when it would change what another owns, unless forced. Source: structured-merge-diff `Updater.Apply`,
 * apimachinery managedfields `FieldManager.Apply`.
 * @param live the object as it is stored; `{}` when there is none
 */
export function applyConfiguration(write: FieldWrite, live: object, config: Data, managed: Managed, force: boolean): Applied {
  const before = managed.size === 0 ? beforeFirstApply(write, live) : managed;
  const id = ownerId(write.owner);
  const last = before.get(id);
  const fields = recursiveDifference(fieldSetOf(write.schema, config), write.ignored);
  const owners: Managed = new Map([...before, [id, { ...last, owner: write.owner, fields }]]);
  const merged = mergeFields(write.schema, withoutManagedFields(live), config);
  const object = last ? pruneApplied(write, merged as Data, last, owners) : (merged as Data);
  const comparisons = new Comparisons(write, live, object);
  if (!force) refuseConflicts(write, live, conflictsOf(owners, comparisons, id));
  const result = withoutLost(owners, comparisons, id);
  const { changed, removed } = comparisons.own;
  settle(result, write, { last, fields, moved: ![changed, removed].every(isEmptySet) });
  return { object, managed: result };
}

/** What was there before anybody applied belongs to somebody, so that the first apply can't change it unnoticed. */
function beforeFirstApply(write: FieldWrite, live: object): Managed {
  const owner = { ...write.owner, manager: "before-first-apply", operation: "Update" as const };
  return trackUpdate({ ...write, owner }, {}, live, new Map());
}

/** What others own of the fields that an apply changes. */
function conflictsOf(managed: Managed, comparisons: Comparisons, except: string): Conflict[] {
  return [...managed]
    .filter(([id]) => id !== except)
    .map(([, { owner, fields }]) => ({ owner, fields: intersection(fields, comparisons.in(owner.apiVersion)?.changed ?? EMPTY_SET) }))
    .filter(({ fields }) => !isEmptySet(fields));
}

/** Throws what is left of the conflicts after those that come from kubectl's own client-side apply. */
function refuseConflicts(write: FieldWrite, live: object, conflicts: readonly Conflict[]): void {
  if (conflicts.length === 0) return;
  const allowed = write.owner.manager === "kubectl" ? allowedByLastApplied(write, live) : EMPTY_SET;
  const left = conflicts.map(({ owner, fields }) => ({ owner, fields: difference(fields, allowed) }));
  const refused = left.filter(({ fields }) => !isEmptySet(fields));
  if (refused.length > 0) throw conflictError(refused);
}

/** Enters what the owner has now; its time moves when the object or its share of it did. */
function settle(
  managed: Map<string, OwnedFields>,
  { owner, now }: FieldWrite,
  { last, fields, moved }: { last: OwnedFields | undefined; fields: FieldSet; moved: boolean },
): void {
  const id = ownerId(owner);
  const own = withoutSystemFields(fields);
  const time = moved || !last || !deepEqual(own, last.fields) ? now : last.time;
  if (isEmptySet(own)) managed.delete(id);
  else managed.set(id, { owner, fields: own, ...(time && { time }) });
}
