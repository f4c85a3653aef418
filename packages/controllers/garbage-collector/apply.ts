import { hasReason } from "@wherry/base";
import type { ControllerContext } from "@wherry/engine";
import type { ApiObject, KindDefinition, ObjectMeta } from "@wherry/machinery";
import type { OwnerGraph } from "./graph.ts";
import { ORPHAN, ownersOf } from "./item.ts";
import type { CollectPlan } from "./plan.ts";

/** Carries one step out. Throws a Conflict when the item changed since it was read: then everything is looked at again. */
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
      return change(ctx, kind, item, { ownerReferences: ownersOf(item).filter((r) => !plan.uids.includes(r.uid)) });
    case "breakCircle":
      return change(ctx, kind, item, { ownerReferences: ownersOf(item).map((r) => ({ ...r, blockOwnerDeletion: false })) });
    case "wake":
      for (const dependent of plan.items) ctx.wake(graph.key(dependent));
      return;
    case "orphan":
      await Promise.all(plan.items.map((dependent) => letGo(ctx, graph, dependent, item)));
      return change(ctx, kind, item, without(item, ORPHAN));
    case "removeFinalizer":
      return change(ctx, kind, item, without(item, plan.finalizer));
  }
}

const nameOf = ({ metadata: { name, namespace } }: ApiObject) => ({ name, ...(namespace && { namespace }) });

const without = ({ metadata }: ApiObject, finalizer: string) => ({
  finalizers: (metadata.finalizers ?? []).filter((f) => f !== finalizer),
});

async function letGo(ctx: ControllerContext, graph: OwnerGraph, dependent: ApiObject, owner: ApiObject): Promise<void> {
  const kind = graph.kindOf(dependent);
  const ownerReferences = ownersOf(dependent).filter((r) => r.uid !== owner.metadata.uid);
  if (kind) await change(ctx, kind, dependent, { ownerReferences });
}

async function change(ctx: ControllerContext, kind: KindDefinition, item: ApiObject, metadata: Partial<ObjectMeta>): Promise<void> {
  const { resourceVersion, uid } = item.metadata;
  try {
    const patch = { type: "merge", body: { metadata: { ...metadata, resourceVersion, uid } } } as const;
    ctx.wrote(kind, await ctx.client.patch(kind, nameOf(item), patch));
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
  }
}

async function remove(
  ctx: ControllerContext,
  kind: KindDefinition,
  item: ApiObject,
  propagationPolicy: "Background" | "Foreground" | "Orphan",
) {
  const { uid, resourceVersion } = item.metadata;
  try {
    const options = { propagationPolicy, preconditions: { uid, resourceVersion } };
    ctx.wrote(kind, await ctx.client.delete(kind, nameOf(item), options));
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
  }
}
