import { type Data, isData } from "../data.ts";
import { capUpdaters } from "./cap-managers.ts";
import { type Comparison, compareFields, withoutFields } from "./compare.ts";
import { difference, type FieldSet, isEmptySet, union } from "./field-set.ts";
import { type FieldOwner, type Managed, type OwnedFields, ownerId } from "./managed-fields.ts";
import type { MergeSchema } from "./merge-schema.ts";
import { withoutSystemFields } from "./strip-meta.ts";

/** How objects of the version of a write look in another version. */
export interface VersionView {
  schema: MergeSchema;
  /** An object of the write's version in this one: a new one, which may share parts with its argument. */
  convert(object: Data): Data;
  /** The way back. */
  revert(object: Data): Data;
}

/** What a write of an object is about. */
export interface FieldWrite {
  schema: MergeSchema;
  owner: FieldOwner;
  /** Fields that this write can't change: they are neither owned nor in conflict. */
  ignored: FieldSet;
  /** Another version that the kind is served in: who wrote in one that is served no more owns nothing. */
  otherVersion(apiVersion: string): VersionView | undefined;
  /** RFC 3339. */
  now: string;
}

/**
 * Who owns what after a write that is no apply: the owner gains what it changed and others lose it; what is gone nobody owns. An owner's time moves
 * only when it gained something. Source: structured-merge-diff `Updater.Update`, apimachinery managedfields `managedFieldsUpdater.Update`.
 */
export function trackUpdate(write: FieldWrite, live: object, next: object, managed: Managed): Managed {
  const comparisons = new Comparisons(write, live, next);
  const result = withoutLost(managed, comparisons);
  const gained = withoutSystemFields(comparisons.own.changed);
  if (!isEmptySet(gained)) {
    const id = ownerId(write.owner);
    const before = result.get(id);
    result.set(id, { owner: write.owner, fields: before ? union(before.fields, gained) : gained, time: write.now });
  }
  return capUpdaters(result);
}

/** A comparison, and what of it somebody else may have a say in. */
export interface Changes extends Comparison {
  /** What is modified or added. */
  changed: FieldSet;
}

/** How two objects differ in what a write can change, as each version of the kind sees it. */
export class Comparisons {
  readonly own: Changes;
  readonly #write: FieldWrite;
  readonly #live: Data;
  readonly #next: Data;
  readonly #others = new Map<string, Changes | undefined>();

  /** The objects are of the write's own version; their managed fields are no part of them. */
  constructor(write: FieldWrite, live: object, next: object) {
    this.#write = write;
    this.#live = withoutManagedFields(live);
    this.#next = withoutManagedFields(next);
    this.own = changesOf(compareFields(write.schema, this.#live, this.#next), write.ignored);
  }

  /** Undefined for a version that is not served. */
  in(apiVersion: string): Changes | undefined {
    if (apiVersion === this.#write.owner.apiVersion) return this.own;
    if (!this.#others.has(apiVersion)) this.#others.set(apiVersion, this.#convert(apiVersion));
    return this.#others.get(apiVersion);
  }

  #convert(apiVersion: string): Changes | undefined {
    const other = this.#write.otherVersion(apiVersion);
    if (!other) return undefined;
    const [live, next] = [this.#live, this.#next].map((object) => (isEmptySet(object as FieldSet) ? object : other.convert(object)));
    return changesOf(compareFields(other.schema, live, next), this.#write.ignored);
  }
}

function changesOf(comparison: Comparison, ignored: FieldSet): Changes {
  const result = withoutFields(comparison, ignored);
  return { ...result, changed: union(result.modified, result.added) };
}

/** Every owner without what was changed or is gone; `except` keeps all it has. */
export function withoutLost(managed: Managed, comparisons: Comparisons, except?: string): Map<string, OwnedFields> {
  const result = new Map<string, OwnedFields>();
  for (const [id, owned] of managed) {
    const changes = comparisons.in(owned.owner.apiVersion);
    if (id === except) result.set(id, owned);
    if (id === except || !changes) continue;
    const fields = difference(difference(owned.fields, changes.changed), changes.removed);
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
