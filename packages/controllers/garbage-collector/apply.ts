import { hasReason } from "@wherry/base";
import type { Patch } from "@wherry/client";
import type { ControllerContext } from "@wherry/engine";
import { type ApiObject, deepEqual, type KindDefinition, type OwnerReference } from "@wherry/machinery";
import type { OwnerGraph } from "./graph.ts";
import { ORPHAN, ownersOf } from "./item.ts";
import type { CollectPlan } from "./plan.ts";

/** Carries one step out. Throws a Conflict when the item changed since it was read in what matters: then everything is looked at again. */
export async function applyCollectPlan(
  ctx: ControllerContext,
  graph: OwnerGraph,
  kind: KindDefinition,
  item: ApiObject,
  plan: CollectPlan,
): Promise<void> {
  switch (plan.do) {
    case "nothing":
      return;
    case "delete":
      return remove(ctx, kind, item, plan.policy);
    case "dropOwners":
      return patch(ctx, kind, item, withoutOwners(item, plan.uids));
    case "breakCircle":
      return patch(ctx, kind, item, unblocking(item));
    case "wake":
      for (const dependent of plan.items) ctx.wake(graph.key(dependent));
      return;
    case "orphan":
      await Promise.all(plan.items.map((dependent) => letGo(ctx, graph, dependent, item)));
      return patch(ctx, kind, item, withoutFinalizer(item, ORPHAN));
    case "removeFinalizer":
      return patch(ctx, kind, item, withoutFinalizer(item, plan.finalizer));
  }
}

const nameOf = ({ metadata: { name, namespace } }: ApiObject) => ({ name, ...(namespace && { namespace }) });

/** A change of metadata in both languages of patches. */
interface MetadataPatch {
  /** Touches one entry each: what others change in the meantime stays. */
  strategic: object;
  /** The whole lists as they are to be, for kinds that have no strategic merge. */
  merge: { finalizers?: readonly string[]; ownerReferences?: readonly OwnerReference[] };
}

const withoutFinalizer = ({ metadata }: ApiObject, finalizer: string): MetadataPatch => ({
  strategic: { "$deleteFromPrimitiveList/finalizers": [finalizer] },
  merge: { finalizers: metadata.finalizers?.filter((name) => name !== finalizer) ?? [] },
});
const withoutOwners = (item: ApiObject, uids: readonly string[]): MetadataPatch => ({
  strategic: { ownerReferences: uids.map((uid) => ({ $patch: "delete", uid })) },
  merge: { ownerReferences: ownersOf(item).filter(({ uid }) => !uids.includes(uid)) },
});
const unblocking = (item: ApiObject): MetadataPatch => ({
  strategic: { ownerReferences: ownersOf(item).map(({ uid }) => ({ uid, blockOwnerDeletion: false })) },
  merge: { ownerReferences: ownersOf(item).map((reference) => ({ ...reference, blockOwnerDeletion: false })) },
});

async function letGo(ctx: ControllerContext, graph: OwnerGraph, dependent: ApiObject, owner: ApiObject): Promise<void> {
  const kind = graph.kindOf(dependent);
  if (kind) await patch(ctx, kind, dependent, withoutOwners(dependent, [owner.metadata.uid]));
}

/** The uid makes it fail on a namesake; whole lists also fail when somebody else changed the object. */
async function patch(ctx: ControllerContext, kind: KindDefinition, item: ApiObject, change: MetadataPatch): Promise<void> {
  const { uid, resourceVersion } = item.metadata;
  const wanted: Patch = kind.custom
    ? { type: "merge", body: { metadata: { ...change.merge, uid, resourceVersion } } }
    : { type: "strategic", body: { metadata: { ...change.strategic, uid } } };
  try {
    ctx.wrote(kind, await ctx.client.patch(kind, nameOf(item), wanted));
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
  }
}

type Policy = "Background" | "Foreground" | "Orphan";

/** Deletes the item unless somebody gave it other owners: any other change, such as of its status, is no reason to keep it. */
async function remove(ctx: ControllerContext, kind: KindDefinition, item: ApiObject, policy: Policy): Promise<void> {
  try {
    await tryRemove(ctx, kind, item, policy).catch(async (error) => {
      if (!hasReason(error, "Conflict")) throw error;
      const stored = await ctx.client.get(kind, nameOf(item));
      const same = stored.metadata.uid === item.metadata.uid && deepEqual(ownersOf(stored), ownersOf(item));
      if (!same) throw error;
      await tryRemove(ctx, kind, stored, policy);
    });
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
  }
}

async function tryRemove(ctx: ControllerContext, kind: KindDefinition, item: ApiObject, propagationPolicy: Policy): Promise<void> {
  const { uid, resourceVersion } = item.metadata;
  const options = { propagationPolicy, preconditions: { uid, resourceVersion } };
  ctx.wrote(kind, await ctx.client.delete(kind, nameOf(item), options));
}
