import { deepEqual } from "../deep-equal.ts";
import type { ManagedFieldsEntry } from "../object.ts";
import { type FieldSet, isEmptySet, readFieldSet, sortedSet } from "./field-set.ts";

/** Who writes, and how. */
export interface FieldOwner {
  manager: string;
  operation: "Apply" | "Update";
  apiVersion: string;
  /** Absent on the object itself. */
  subresource?: string;
}

/** What one owner owns. */
export interface OwnedFields {
  readonly owner: FieldOwner;
  readonly fields: FieldSet;
  /** RFC 3339, whole seconds. */
  readonly time?: string;
  /** The entry that it was read from. */
  readonly stored?: ManagedFieldsEntry;
}

/** Who owns what, by `ownerId`. */
export type Managed = ReadonlyMap<string, OwnedFields>;

/**
 * What tells owners apart; one who applies is the same in every version. Ids sort as upstream's do. Source: apimachinery
 * `managedfields.BuildManagerIdentifier`.
 */
export function ownerId({ manager, operation, apiVersion, subresource }: FieldOwner): string {
  return JSON.stringify({
    ...(manager && { manager }),
    operation,
    ...(operation === "Update" && { apiVersion }),
    ...(subresource && { subresource }),
  });
}

/** Entries that this server has written. */
export function storedManaged(entries: readonly ManagedFieldsEntry[] | undefined): Managed {
  const result = new Map<string, OwnedFields>();
  for (const stored of entries ?? []) {
    const [id, owned] = ofEntry(stored, (stored.fieldsV1 ?? {}) as FieldSet);
    result.set(id, { ...owned, stored });
  }
  return result;
}

/** Entries from outside. Throws an Error when they are malformed. Source: apimachinery `managedfields.DecodeManagedFields`. */
export function readManaged(entries: readonly ManagedFieldsEntry[]): Managed {
  return new Map(entries.map(readEntry));
}

function readEntry(entry: ManagedFieldsEntry, i: number): [string, OwnedFields] {
  const { operation, apiVersion, fieldsType } = entry;
  if (operation !== "Apply" && operation !== "Update") throw new Error("operation must be `Apply` or `Update`");
  if (!apiVersion) throw new Error("apiVersion must not be empty");
  if (!fieldsType) throw new Error(`missing fieldsType in managed fields entry ${i}`);
  if (fieldsType !== "FieldsV1") throw new Error(`invalid fieldsType ${JSON.stringify(fieldsType)} in managed fields entry ${i}`);
  return ofEntry(entry, readFieldSet(entry.fieldsV1 ?? {}));
}

function ofEntry({ manager = "", operation = "Update", apiVersion = "", subresource, time }: ManagedFieldsEntry, fields: FieldSet) {
  const owner: FieldOwner = { manager, operation, apiVersion, ...(subresource && { subresource }) };
  return [ownerId(owner), { owner, fields, ...(time && { time }) }] as [string, OwnedFields];
}

/**
 * The entries to store, in upstream's order: those who apply first, then by time. Undefined when nobody owns anything. Source: apimachinery
 * `managedfields.encodeManagedFields`.
 */
export function managedFieldsEntries(managed: Managed): ManagedFieldsEntry[] | undefined {
  const owned = [...managed.values()].filter(({ fields }) => !isEmptySet(fields));
  return owned.length > 0 ? owned.sort(byTime).map(entryOf) : undefined;
}

function entryOf({ owner, fields, time, stored }: OwnedFields): ManagedFieldsEntry {
  // What is as it was need not be put in order again.
  if (stored?.fieldsV1 === fields && stored.time === time && stored.apiVersion === owner.apiVersion) return stored;
  const { manager, operation, apiVersion, subresource } = owner;
  return {
    ...(manager && { manager }),
    operation,
    apiVersion,
    ...(time && { time }),
    fieldsType: "FieldsV1",
    fieldsV1: sortedSet(fields),
    ...(subresource && { subresource }),
  };
}

function byTime(a: OwnedFields, b: OwnedFields): number {
  return (
    compareText(a.owner.operation, b.owner.operation) ||
    seconds(a) - seconds(b) ||
    compareText(a.owner.manager, b.owner.manager) ||
    compareText(a.owner.apiVersion, b.owner.apiVersion) ||
    compareText(a.owner.subresource ?? "", b.owner.subresource ?? "")
  );
}

/** When an owner last changed something; 0 when it is not known. */
export function seconds({ time }: OwnedFields): number {
  const ms = time === undefined ? 0 : Date.parse(time);
  return Number.isNaN(ms) ? 0 : Math.floor(ms / 1000);
}

/** The order of texts by code units. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Who owns what before an update: what the update says about it, or else what is stored, so that nobody who does not know of managed fields drops
 * them. An empty list, and a list with one empty entry, forget all. Source: apimachinery managedfields `decodeLiveOrNew`.
 */
export function managedBefore(
  live: readonly ManagedFieldsEntry[] | undefined,
  next: readonly ManagedFieldsEntry[] | undefined,
  subresource: string | undefined,
): Managed {
  if (next === undefined || subresource !== undefined) return storedManaged(live);
  if (next.length === 0 || (next.length === 1 && isEmptySet(next[0] as FieldSet))) return new Map();
  if (deepEqual(next, live)) return storedManaged(live);
  try {
    const managed = readManaged(next);
    return managed.size > 0 ? managed : storedManaged(live);
  } catch {
    return storedManaged(live);
  }
}
