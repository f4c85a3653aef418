import { conflict, notFound } from "@wherry/base";
import {
  apiVersionOf,
  checkAs,
  checkUpdateAs,
  deepCopy,
  keepObjectMeta,
  semanticEqual,
  validateObjectMetaUpdate,
  type WriteContext,
  warningsAs,
} from "@wherry/machinery";
import type { Entry } from "@wherry/store";
import { invalidObject } from "../errors.ts";
import { convertedItems, objectToStore } from "../watch-cache/converted.ts";
import { Item } from "../watch-cache/item.ts";
import { type AnyObject, keyIn, type RestContext, resourceName } from "./context.ts";
import { withConversions } from "./conversions.ts";
import { own } from "./field-owner.ts";
import { admit, reserve, type Write } from "./write-stage.ts";

export const MODIFIED = "the object has been modified; please apply your changes to the latest version and try again";
const RETRIES = 100;

/** What came of a change. */
export interface Modified {
  /** As it is served. */
  bytes: Buffer;
  /** Whether the object is gone: its last finalizer or its grace period was over. */
  removed: boolean;
  /** What its kind has to say about the object as it is now. */
  warnings: string[];
}

/**
 * Changes one stored object: `change` gets a private copy of what is there, as it is stored, and gives the object wanted in the same version (it may change and give its argument).
 * When another write comes between, it is asked again. An object that says which resourceVersion it was made from is not: that is a Conflict.
 */
export async function modify(context: RestContext, write: Write, change: (current: AnyObject) => AnyObject): Promise<Modified> {
  await context.cache.fresh();
  const cache = context.cache.resource(write.kind);
  let item = cache.get(keyIn(cache, write.namespace, write.name));
  for (let attempt = 0; attempt < RETRIES; attempt++) {
    if (!item) throw notFound(resourceName(write.kind), write.name);
    const shown = (await convertedItems(write.kind)?.one(item)) ?? item;
    const previous = shown.object();
    const work = () => prepare(context, write, change(deepCopy(previous)), previous);
    const prepared = write.kind.conversion ? await withConversions(work) : work();
    const result = await put(context, write, item, prepared, previous);
    if ("bytes" in result) return { ...result, warnings: mayOnlyUpdate(write) ? warningsAs(write.version ?? write.kind, prepared) : [] };
    item = result.current && new Item(cache.of, result.current);
  }
  throw conflict(resourceName(write.kind), write.name, MODIFIED);
}

/** Makes `next` fit to be stored in place of `previous`, or throws. */
function prepare(context: RestContext, write: Write, next: AnyObject, previous: AnyObject): AnyObject {
  const { kind, version = kind } = write;
  refuseStale(write, next, previous);
  next.metadata.name = previous.metadata.name;
  if (previous.metadata.namespace) next.metadata.namespace = previous.metadata.namespace;
  const { managedFields: sent } = next.metadata;
  keepObjectMeta(next.metadata, previous.metadata);
  keepOtherHalf(write, next, previous);
  own(context, write, next, sent, previous);
  admit(context.stages, write, next, previous);
  const writeContext = contextOf(write, context.clock.now());
  kind.prepareForUpdate?.(next, previous, writeContext);
  kind.defaults?.(next);
  if (kind.hasGeneration && (kind.isNewGeneration ?? specChanged)(next, previous))
    next.metadata.generation = (previous.metadata.generation ?? 0) + 1;
  next.metadata.resourceVersion = previous.metadata.resourceVersion;
  const errors = [
    ...validateObjectMetaUpdate(next.metadata, previous.metadata, kind),
    ...checkAs(version, "validate", next),
    ...(mayOnlyUpdate(write) ? checkUpdateAs(version, next, previous, writeContext) : []),
  ];
  if (errors.length > 0) throw invalidObject(kind, write.name, errors);
  return next;
}

function contextOf({ subresource, user }: Write, now: number): WriteContext {
  return { now, ...(subresource && { subresource }), ...(user && { user }) };
}

function refuseStale(write: Write, next: AnyObject, previous: AnyObject): void {
  const { kind, name } = write;
  // 0 is as good as none. Source: apiserver `storage.APIObjectVersioner.ObjectResourceVersion`.
  const resourceVersion = next.metadata.resourceVersion === "0" ? "" : next.metadata.resourceVersion;
  checkUid(write, previous.metadata.uid);
  if (!resourceVersion && kind.allowUnconditionalUpdate === false) {
    const finding = { type: "FieldValueInvalid" as const, field: "metadata.resourceVersion", message: MISSING_VERSION };
    throw invalidObject({ group: kind.group, kind: kind.plural }, name, [finding]);
  }
  if (resourceVersion && resourceVersion !== previous.metadata.resourceVersion) throw conflict(resourceName(kind), name, MODIFIED);
}

/** Source: apiserver `registry.Store.Update`; the number is as Go prints it. */
const MISSING_VERSION = "Invalid value: 0x0: must be specified for an update";

/** Throws Conflict when a write is meant for another object than the one with this uid. Source: apiserver `storage.Preconditions.Check`. */
export function checkUid({ kind, namespace, name, uid }: Write, found: string): void {
  if (!uid || uid === found) return;
  const key = ["/registry", kind.plural, ...(namespace === undefined ? [] : [namespace]), name].join("/");
  const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${found}`;
  throw conflict(
    resourceName(kind),
    name,
    `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`,
  );
}

/** A write of the status changes nothing else, a write of the object does not change the status. Labels and annotations go with both, where the kind does not say otherwise. */
function keepOtherHalf(write: Write, next: AnyObject, previous: AnyObject): void {
  if (writesStatus(write)) {
    for (const field of Object.keys(next))
      if (!SHARED.has(field) && !(field in previous)) delete (next as object as Record<string, unknown>)[field];
    for (const [field, value] of Object.entries(previous)) if (!SHARED.has(field)) Object.assign(next, { [field]: value });
    const { finalizers, ownerReferences } = previous.metadata;
    Object.assign(next.metadata, { finalizers, ownerReferences });
    if (!finalizers) delete next.metadata.finalizers;
    if (!ownerReferences) delete next.metadata.ownerReferences;
    for (const field of write.kind.statusKeeps ?? []) {
      const kept = previous.metadata[field];
      if (kept) next.metadata[field] = kept;
      else delete next.metadata[field];
    }
  } else if (write.subresource === undefined && write.kind.subresources?.status) {
    if (previous.status === undefined) delete next.status;
    else next.status = previous.status;
  }
}

/** A binding or a finalizing is no update: it may change what an update may not. */
function mayOnlyUpdate(write: Write): boolean {
  return write.subresource === undefined || writesStatus(write);
}

/** Besides `status` a kind may have other subresources that write into it, such as `approval`. */
function writesStatus({ kind, subresource }: Write): boolean {
  return subresource !== undefined && kind.subresources?.[subresource]?.type === "status";
}

const SHARED = new Set(["metadata", "status"]);

function specChanged(next: AnyObject, previous: AnyObject): boolean {
  const { metadata: _m, status: _s, ...rest } = next;
  const { metadata: _pm, status: _ps, ...before } = previous;
  return !semanticEqual(rest, before);
}

async function put(
  context: RestContext,
  write: Write,
  item: Item,
  next: AnyObject,
  previous: AnyObject,
): Promise<Omit<Modified, "warnings"> | { current: Entry | undefined }> {
  const removed = isOver(write, next, previous);
  // A write that changes nothing leaves the revision alone, and wakes nobody.
  if (!removed && isUnchanged(next, previous) && isStoredRight(write, item)) return { bytes: item.bytes, removed: false };
  const object = write.kind.conversion ? await objectToStore(write.kind, next) : next;
  const { codec } = context.cache.resource(write.kind).of;
  const reservation = reserve(context.stages, write, next, previous);
  let written = false;
  try {
    const stored = codec.encode(object);
    if (write.dryRun) return { bytes: codec.serve(stored, item.revision), removed };
    const result = removed
      ? await context.store.delete(item.key, item.revision)
      : await context.store.update(item.key, stored, item.revision);
    written = result.ok;
    return result.ok ? { bytes: codec.serve(stored, result.revision), removed } : { current: result.current };
  } finally {
    if (written) reservation.commit();
    else reservation.rollback();
  }
}

/** False for an object of a version that is stored no more: any write brings it into the one that is. */
function isStoredRight({ kind }: Write, item: Item): boolean {
  return !kind.conversion || (item.object() as AnyObject).apiVersion === apiVersionOf(kind.conversion.stored);
}

/** When somebody last wrote is no change. Source: apiserver `fieldmanager.IgnoreManagedFieldsTimestampsTransformer`. */
function isUnchanged(next: AnyObject, previous: AnyObject): boolean {
  const timeless = ({ metadata: { managedFields, ...metadata }, ...object }: AnyObject) => ({
    ...object,
    metadata: { ...metadata, managedFields: managedFields?.map((entry) => ({ ...entry, time: undefined })) },
  });
  return semanticEqual(timeless(next), timeless(previous));
}

/** Whether nothing keeps an object that is being deleted any more. Source: apiserver `registry.ShouldDeleteDuringUpdate`. */
function isOver(write: Write, next: AnyObject, previous: AnyObject): boolean {
  if (!next.metadata.deletionTimestamp || !previous.metadata.deletionTimestamp) return false;
  if (next.metadata.finalizers?.length || specFinalizers(write, next).length > 0) return false;
  return (next.metadata.deletionGracePeriodSeconds ?? 0) === 0;
}

/** The finalizers that a kind such as Namespace keeps in its spec. */
export function specFinalizers(write: Pick<Write, "kind">, object: AnyObject): readonly string[] {
  if (!write.kind.specFinalizers) return [];
  return (object.spec as { finalizers?: string[] } | undefined)?.finalizers ?? [];
}
