import { Event, Namespace } from "@wherry/api";
import { hasReason } from "@wherry/base";
import { type Controller, type ControllerContext, type Watch, watchOf } from "@wherry/engine";
import type { KindDefinition } from "@wherry/machinery";
import { CustomKindFollowing, listCustomKinds } from "../custom-kinds.ts";
import { deletableKinds, deleteContent } from "./content.ts";
import { type Content, FINALIZER, planNamespace } from "./plan.ts";

/** Empties namespaces that are being deleted, then lets them go. Source: pkg/controller/namespace. */
export function namespaceController(kinds: readonly KindDefinition[]): Controller {
  const deletable = deletableKinds(kinds);
  // Events are not worth a cache of their own: nothing waits for one of them.
  const watched = deletable.filter((kind) => kind !== (Event as unknown as KindDefinition));
  const custom = new CustomKindFollowing({ watch: contentWatch });
  return {
    name: "namespace-controller",
    eventSource: "namespace-controller",
    workers: 10,
    watches: [watchOf({ kind: Namespace, wakes: (ns) => [ns.metadata.name] }), ...watched.map(contentWatch), custom.watch],
    async reconcile(key, ctx) {
      if (custom.owns(key)) return custom.reconcile(key, ctx);
      return reconcile(key, ctx, async (context) => {
        // Asked of the server, lest something stays behind of a kind that only just came.
        const kinds = [...deletable, ...deletableKinds(await listCustomKinds(context))];
        return deleteContent(context, kinds, new Set(watched), key);
      });
    },
  };
}

/** Wakes a terminating namespace when something of it went, or came late. */
function contentWatch(kind: KindDefinition): Watch {
  return {
    kind,
    wakes({ metadata: { namespace = "" } }, { previous }, ctx) {
      const terminating = !previous && ctx.lister(Namespace).get(namespace)?.metadata.deletionTimestamp;
      return terminating ? [namespace] : [];
    },
  };
}

type Empty = (ctx: ControllerContext) => Promise<Content>;

async function reconcile(name: string, ctx: ControllerContext, empty: Empty): Promise<void> {
  const ns = ctx.lister(Namespace).get(name);
  if (!ns?.metadata.deletionTimestamp || !ns.spec?.finalizers?.includes(FINALIZER)) return;
  const content = await empty(ctx);
  const plan = planNamespace(ns, content, ctx.clock.now());
  if (plan.do === "finalize") await finalize(ctx, ns, plan.finalizers);
  else if (plan.status) ctx.wrote(Namespace, await ctx.client.update(Namespace, { ...ns, status: plan.status }, { subresource: "status" }));
  if (content.failures.length > 0) throw new Error(`cannot empty the namespace ${name}: ${content.failures.join("; ")}`);
}

async function finalize(ctx: ControllerContext, ns: Namespace, finalizers: string[]): Promise<void> {
  try {
    const next = { ...ns, spec: { ...ns.spec, finalizers } };
    ctx.wrote(Namespace, await ctx.client.update(Namespace, next, { subresource: "finalize" }));
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
  }
}
