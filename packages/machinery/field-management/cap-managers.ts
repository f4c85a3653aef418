import { union } from "./field-set.ts";
import { compareText, type FieldOwner, type Managed, type OwnedFields, ownerId, seconds } from "./managed-fields.ts";

/** Source: apimachinery `managedfields.DefaultMaxUpdateManagers`. */
const MAX_UPDATERS = 10;

/**
 * Keeps the number of those who update bounded: above ten, the oldest of a version are put together as `ancient-changes`. Source: apimachinery
 * managedfields `capManagersManager`.
 */
export function capUpdaters(managed: Managed): Managed {
  const updaters = [...managed].filter(([, { owner }]) => owner.operation === "Update");
  if (updaters.length <= MAX_UPDATERS) return managed;
  const oldestFirst = updaters.sort(([a, x], [b, y]) => seconds(x) - seconds(y) || compareText(a, b));
  const result = new Map(managed);
  const firstOfVersion = new Map<string, string>();
  let count = updaters.length;
  for (const [id, updater] of oldestFirst) {
    if (count <= MAX_UPDATERS) break;
    const first = firstOfVersion.get(updater.owner.apiVersion);
    if (first === undefined) firstOfVersion.set(updater.owner.apiVersion, id);
    else {
      putTogether(result, first, id, updater);
      count--;
    }
  }
  return result;
}

function putTogether(managed: Map<string, OwnedFields>, first: string, id: string, updater: OwnedFields): void {
  const owner: FieldOwner = { manager: "ancient-changes", operation: "Update", apiVersion: updater.owner.apiVersion };
  const bucket = ownerId(owner);
  const before = managed.get(bucket) ?? managed.get(first);
  if (!managed.has(bucket)) managed.delete(first);
  managed.delete(id);
  const { time } = updater;
  managed.set(bucket, { owner, fields: before ? union(updater.fields, before.fields) : updater.fields, ...(time && { time }) });
}
