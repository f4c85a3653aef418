import type { Data } from "../data.ts";
import { difference, EMPTY_SET, type FieldSet, isEmptySet, union } from "./field-set.ts";
import { fieldSetOf } from "./field-set-of.ts";
import type { Managed, OwnedFields } from "./managed-fields.ts";
import { pruneFields } from "./prune.ts";
import type { FieldWrite, VersionView } from "./track-update.ts";

/**
 * An object of the write's version without what its owner applied last time and nobody owns any more. What was applied in another version is looked for there, and so is
 * what others own. Source: structured-merge-diff `Updater.prune`.
 */
export function pruneApplied(write: FieldWrite, merged: Data, last: OwnedFields, owners: Managed): Data {
  const owned = fieldsByVersion(owners);
  const applied = viewOf(write, last.owner.apiVersion);
  // Nobody can tell any more what was applied in a version that is gone.
  if (!applied) return merged;
  const there = owned.get(last.owner.apiVersion) ?? EMPTY_SET;
  owned.delete(last.owner.apiVersion);
  let pruned = applied.revert(pruneFields(applied.schema, applied.convert(merged), last.fields, there) as Data);
  for (const [version, fields] of owned) {
    const view = viewOf(write, version);
    if (view) pruned = addBack(view, merged, pruned, fields);
  }
  return pruned;
}

/** What was pruned, and yet is owned as this version sees it, comes back. */
function addBack(view: VersionView, merged: Data, pruned: Data, owned: FieldSet): Data {
  const whole = view.convert(merged);
  const gone = difference(fieldSetOf(view.schema, whole), fieldSetOf(view.schema, view.convert(pruned)));
  return isEmptySet(gone) ? pruned : view.revert(pruneFields(view.schema, whole, gone, owned) as Data);
}

function fieldsByVersion(owners: Managed): Map<string, FieldSet> {
  const result = new Map<string, FieldSet>();
  for (const { owner, fields } of owners.values()) result.set(owner.apiVersion, union(result.get(owner.apiVersion) ?? EMPTY_SET, fields));
  return result;
}

const same = (object: Data): Data => object;

function viewOf(write: FieldWrite, apiVersion: string): VersionView | undefined {
  if (apiVersion === write.owner.apiVersion) return { schema: write.schema, convert: same, revert: same };
  return write.otherVersion(apiVersion);
}
