import { hasReason } from "@wherry/base";
import type { ControllerContext } from "@wherry/engine";
import type { ApiObject, KindDefinition } from "@wherry/machinery";
import type { Content, Remaining } from "./plan.ts";

/** The kinds that live in namespaces and can be deleted from them. */
export function deletableKinds(kinds: readonly KindDefinition[]): KindDefinition[] {
  const can = (kind: KindDefinition, verb: "list" | "deletecollection") => !kind.verbs || kind.verbs.includes(verb);
  return kinds.filter((k) => k.scope === "Namespaced" && can(k, "list") && can(k, "deletecollection"));
}

/** Asks for the deletion of everything in the namespace and gives what is left after that. One kind's failure does not stop the others. */
export async function deleteContent(ctx: ControllerContext, kinds: readonly KindDefinition[], namespace: string): Promise<Content> {
  const results = await Promise.allSettled(kinds.map((kind) => deleteKind(ctx, kind, namespace)));
  return {
    remaining: results.flatMap((r) => (r.status === "fulfilled" && r.value ? [r.value] : [])),
    failures: results.flatMap((r) => (r.status === "rejected" ? [r.reason instanceof Error ? r.reason.message : String(r.reason)] : [])),
  };
}

async function deleteKind(ctx: ControllerContext, kind: KindDefinition, namespace: string): Promise<Remaining | undefined> {
  let { items } = await ctx.client.list(kind, { namespace });
  if (items.some((o) => !o.metadata.deletionTimestamp)) {
    await ctx.client.deleteCollection(kind, { namespace }).catch((error) => {
      if (!hasReason(error, "NotFound")) throw error;
    });
    ({ items } = await ctx.client.list(kind, { namespace }));
  }
  return items.length > 0 ? summary(kind, items) : undefined;
}

function summary(kind: KindDefinition, items: readonly ApiObject[]): Remaining {
  const finalizers: Record<string, number> = {};
  for (const { metadata } of items) for (const f of metadata.finalizers ?? []) finalizers[f] = (finalizers[f] ?? 0) + 1;
  return { resource: kind.plural, group: kind.group, count: items.length, finalizers };
}
