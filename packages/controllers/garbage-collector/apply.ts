import { hasReason } from "@wherry/base";
import type { ControllerContext } from "@wherry/engine";
import { type ApiObject, deepEqual, type KindDefinition } from "@wherry/machinery";
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
      return patch(ctx, kind, item, withoutOwners(plan.uids));
    case "breakCircle":
      return patch(ctx, kind, item, { ownerReferences: ownersOf(item).map(({ uid }) => ({ uid, blockOwnerDeletion: false })) });
    case "wake":
      for (const dependent of plan.items) ctx.wake(graph.key(dependent));
      return;
    case "orphan":
      await Promise.all(plan.items.map((dependent) => letGo(ctx, graph, dependent, item)));
      return patch(ctx, kind, item, withoutFinalizer(ORPHAN));
    case "removeFinalizer":
      return patch(ctx, kind, item, withoutFinalizer(plan.finalizer));
  }
}

const nameOf = ({ metadata: { name, namespace } }: ApiObject) => ({ name, ...(namespace && { namespace }) });

// Patches that touch one entry each: what others change in the meantime stays.
const withoutFinalizer = (finalizer: string) => ({ "$deleteFromPrimitiveList/finalizers": [finalizer] });
const withoutOwners = (uids: readonly string[]) => ({ ownerReferences: uids.map((uid) => ({ $patch: "delete", uid })) });

async function letGo(ctx: ControllerContext, graph: OwnerGraph, dependent: ApiObject, owner: ApiObject): Promise<void> {
  const kind = graph.kindOf(dependent);
  if (kind) await patch(ctx, kind, dependent, withoutOwners([owner.metadata.uid]));
}

/** The uid makes it fail on a namesake. */
async function patch(ctx: ControllerContext, kind: KindDefinition, item: ApiObject, metadata: object): Promise<void> {
  const body = { metadata: { ...metadata, uid: item.metadata.uid } };
  try {
    ctx.wrote(kind, await ctx.client.patch(kind, nameOf(item), { type: "strategic", body }));
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
