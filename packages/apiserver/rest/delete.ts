import { conflict, notFound } from "@wherry/base";
import { deepEqual, type KindDefinition, storedKind } from "@wherry/machinery";
import type { Entry } from "@wherry/store";
import { success } from "../errors.ts";
import type { ApiResponse } from "../exchange.ts";
import { withWarnings } from "../warnings.ts";
import { bytesAs } from "../watch-cache/converted.ts";
import { Item } from "../watch-cache/item.ts";
import { answerObject } from "./answer.ts";
import { condemn } from "./condemn.ts";
import { type AnyObject, keyIn, type ResourceCall, type RestContext, resourceName } from "./context.ts";
import { type DeleteOptions, deleteOptions } from "./delete-options.ts";
import { writeOf } from "./update.ts";
import { admit, reserve, type Write } from "./write-stage.ts";

/** What came of a delete. */
export interface Deleted {
  bytes: Buffer;
  object: AnyObject;
  /** False while it waits for its finalizers or its grace period. */
  removed: boolean;
}

/** Deletes one object, or begins to. */
export async function deleteOne(context: RestContext, call: ResourceCall): Promise<ApiResponse> {
  const options = await deleteOptions(call.request, context.registry.definitions);
  const write: Write = { ...writeOf(call, options.dryRun, []), operation: "delete" };
  const deleted = await deleteObject(context, write, options, call.kind);
  return withWarnings(await answerDeleted(context, call, deleted, options), orphanWarnings(write.kind, options));
}

/** What a delete is told that leaves dependents behind without having asked for it. Source: batch storage `JobStorage.Delete`. */
export function orphanWarnings({ orphanWarning }: KindDefinition, { propagation }: DeleteOptions): string[] {
  return orphanWarning !== undefined && propagation === undefined ? [orphanWarning] : [];
}

async function answerDeleted(context: RestContext, call: ResourceCall, deleted: Deleted, options: DeleteOptions): Promise<ApiResponse> {
  // Upstream's clients break on 202 for any other delete that waits.
  if (!deleted.removed) return answerObject(context, call, deleted.bytes, { status: options.orphanDependents === false ? 202 : 200 });
  if (storedKind(call.kind).returnsDeleted) return answerObject(context, call, deleted.bytes);
  const { name, uid } = deleted.object.metadata;
  return success({ name, ...(call.kind.group && { group: call.kind.group }), kind: call.kind.plural, uid });
}

/**
 * Deletes an object by its kind's rules: at once, or after its grace period and its finalizers. A write that comes between makes it look again.
 * Throws NotFound, or Conflict when a precondition does not hold. Source: apiserver `registry.Store.Delete`, `rest.BeforeDelete`.
 * @param shown the version to give the object in, when not the stored one: what cannot be converted to that is left as it is
 */
export async function deleteObject(context: RestContext, write: Write, options: DeleteOptions, shown?: KindDefinition): Promise<Deleted> {
  await context.cache.fresh();
  const cache = context.cache.resource(write.kind);
  let item = cache.get(keyIn(cache, write.namespace, write.name));
  for (;;) {
    if (!item) throw notFound(resourceName(write.kind), write.name);
    const result = await tryDelete(context, write, options, shown, item);
    if ("object" in result) return result;
    item = result.current && new Item(cache.of, result.current);
  }
}

async function tryDelete(
  context: RestContext,
  write: Write,
  options: DeleteOptions,
  shown: KindDefinition | undefined,
  item: Item,
): Promise<Deleted | { current: Entry | undefined }> {
  const { codec } = context.cache.resource(write.kind).of;
  const previous: AnyObject = item.object();
  checkPreconditions(write, options, previous);
  admit(context.stages, write, previous, previous);
  const { next, over } = condemn(write.kind, previous, options, context.clock.now());
  // Before anything is written: who cannot be answered finds the object as it was.
  const show = (bytes: Buffer) => (shown ? bytesAs(shown, bytes) : bytes);
  if (over) return remove(context, write, item, previous, await show(item.bytes));
  if (deepEqual(next, previous)) return { bytes: item.bytes, object: previous, removed: false };
  const stored = codec.encode(next);
  const bytes = await show(codec.serve(stored, item.revision));
  if (write.dryRun) return { bytes, object: next, removed: false };
  const result = await context.store.update(item.key, stored, item.revision);
  if (!result.ok) return { current: result.current };
  return { bytes: codec.withRevision(bytes, result.revision), object: next, removed: false };
}

async function remove(
  context: RestContext,
  write: Write,
  item: Item,
  object: AnyObject,
  bytes: Buffer,
): Promise<Deleted | { current: Entry | undefined }> {
  const gone = { bytes, object, removed: true };
  if (write.dryRun) return gone;
  const reservation = reserve(context.stages, write, object, object);
  const result = await context.store.delete(item.key, item.revision).catch((error: unknown) => {
    reservation.rollback();
    throw error;
  });
  if (result.ok) reservation.commit();
  else reservation.rollback();
  if (!result.ok) return { current: result.current };
  // Its last revision is that of its deletion: whoever has seen that revision has seen it go.
  const { codec } = context.cache.resource(write.kind).of;
  return { ...gone, bytes: codec.withRevision(bytes, result.revision) };
}

/** Source of the words, and of the kind in place of the resource: apiserver `rest.BeforeDelete`. */
function checkPreconditions({ kind, name }: Write, { preconditions }: DeleteOptions, object: AnyObject): void {
  const { uid, resourceVersion } = object.metadata;
  const refuse = (what: string, wanted: string, is: string, why: string) =>
    conflict(
      { group: kind.group, resource: kind.kind },
      name,
      `the ${what} in the precondition (${wanted}) does not match the ${what} in record (${is}). ${why}`,
    );
  if (preconditions.uid !== undefined && preconditions.uid !== uid)
    throw refuse("UID", preconditions.uid, uid, "The object might have been deleted and then recreated");
  if (preconditions.resourceVersion !== undefined && preconditions.resourceVersion !== resourceVersion)
    throw refuse("ResourceVersion", preconditions.resourceVersion, resourceVersion, "The object might have been modified");
}
