import { hasReason } from "@wherry/base";
import type { ControllerContext } from "@wherry/engine";
import type { ApiObject, KindDefinition } from "@wherry/machinery";
import type { Content, Remaining } from "./plan.ts";

/** The kinds that live in namespaces and can be deleted from them. */
export function deletableKinds(kinds: readonly KindDefinition[]): KindDefinition[] {
  const can = (kind: KindDefinition, verb: "list" | "deletecollection") => !kind.verbs || kind.verbs.includes(verb);
  return kinds.filter((k) => k.scope === "Namespaced" && can(k, "list") && can(k, "deletecollection"));
}

/**
 * Asks for the deletion of everything in the namespace and gives what is left after that. `cached` are the kinds that the context has listers of: while
 * those show something that is on its way out, the server is not asked. One kind's failure does not stop the others.
 */
export async function deleteContent(
  ctx: ControllerContext,
  kinds: readonly KindDefinition[],
  cached: ReadonlySet<KindDefinition>,
  namespace: string,
): Promise<Content> {
  const left = (kind: KindDefinition) => (cached.has(kind) ? leaving(ctx.lister(kind).list(namespace)) : []);
  const results = await Promise.allSettled(
    kinds.map(async (kind) => summary(kind, left(kind)) ?? (await deleteKind(ctx, kind, namespace))),
  );
  return {
    remaining: results.flatMap((r) => (r.status === "fulfilled" && r.value ? [r.value] : [])),
    failures: results.flatMap((r) => (r.status === "rejected" ? [r.reason instanceof Error ? r.reason.message : String(r.reason)] : [])),
  };
}

/** The items, if all of them are being deleted. */
function leaving(items: ApiObject[]): ApiObject[] {
  return items.every((o) => o.metadata.deletionTimestamp) ? items : [];
}

/** Of a kind that went meanwhile nothing is left. */
async function deleteKind(ctx: ControllerContext, kind: KindDefinition, namespace: string): Promise<Remaining | undefined> {
  try {
    return await deleteAll(ctx, kind, namespace);
  } catch (error) {
    if (kind.custom && hasReason(error, "NotFound")) return undefined;
    throw error;
  }
}

async function deleteAll(ctx: ControllerContext, kind: KindDefinition, namespace: string): Promise<Remaining | undefined> {
  let { items } = await ctx.client.list(kind, { namespace });
  if (items.length > 0 && leaving(items).length === 0) {
    await ctx.client.deleteCollection(kind, { namespace }).catch((error) => {
      if (!hasReason(error, "NotFound")) throw error;
    });
    ({ items } = await ctx.client.list(kind, { namespace }));
  }
  return summary(kind, items);
}

function summary(kind: KindDefinition, items: readonly ApiObject[]): Remaining | undefined {
  if (items.length === 0) return undefined;
  const finalizers: Record<string, number> = {};
  for (const { metadata } of items) for (const f of metadata.finalizers ?? []) finalizers[f] = (finalizers[f] ?? 0) + 1;
  return { resource: kind.plural, group: kind.group, count: items.length, finalizers };
}
