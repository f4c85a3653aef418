import { Event } from "@wherry/api";
import type { Controller, ControllerContext, Watch } from "@wherry/engine";
import type { ApiObject, KindDefinition } from "@wherry/machinery";
import { CustomKindFollowing } from "../custom-kinds.ts";
import { applyCollectPlan } from "./apply.ts";
import { BY_OWNER, byOwner, OwnerGraph } from "./graph.ts";
import { hasFinalizer, ORPHAN } from "./item.ts";
import { planCollect } from "./plan.ts";
import { touched } from "./wakes.ts";

/**
 * Deletes what has lost its owners, and carries out foreground and orphaning deletions. Events are left alone: they have no owners, and end by
 * themselves. Source: pkg/controller/garbagecollector.
 */
export function garbageCollector(kinds: readonly KindDefinition[]): Controller {
  const collected = kinds.filter((kind) => kind !== (Event as unknown as KindDefinition) && can(kind));
  const graph = new OwnerGraph(collected);
  const custom = new CustomKindFollowing({
    watch: (kind) => watch(kind, graph),
    came(kind, ctx) {
      graph.add(kind);
      // Until now its objects were of an unknown kind, and counted as there when they owned something.
      for (const o of [...ctx.lister(kind).list(), ...graph.ownedBy(kind, ctx)]) ctx.wake(graph.key(o));
    },
    went: (kind) => graph.remove(kind),
  });
  return {
    name: "garbage-collector-controller",
    eventSource: "garbage-collector-controller",
    workers: 20,
    watches: [...collected.map((kind) => watch(kind, graph)), custom.watch],
    reconcile: (key, ctx) => (custom.owns(key) ? custom.reconcile(key, ctx) : reconcile(key, ctx, graph)),
  };
}

const can = ({ verbs }: KindDefinition) => !verbs || (["list", "watch", "delete"] as const).every((v) => verbs.includes(v));

function watch(kind: KindDefinition, graph: OwnerGraph): Watch {
  return {
    kind,
    indexes: { [BY_OWNER]: byOwner },
    wakes(object, change, ctx) {
      if (change.gone) graph.noteGone(object);
      return touched(object, change, graph.neighbours(ctx)).map((o) => graph.key(o));
    },
  };
}

async function reconcile(key: string, ctx: ControllerContext, graph: OwnerGraph): Promise<void> {
  const found = graph.find(key, ctx);
  if (!found) return;
  const { kind, item } = found;
  for (const { kind: ownerKind, name, uid } of graph.impossibleOwners(item)) {
    const message = `ownerRef [${ownerKind}, name: ${name}, uid: ${uid}] does not exist in namespace ""`;
    ctx.events.event(item, "Warning", "OwnerRefInvalidNamespace", message);
  }
  const states = item.metadata.deletionTimestamp ? new Map() : await graph.ownerStates(item, ctx);
  // A dependent that no cache has yet would be lost when its owner lets go of the others and vanishes.
  const stored = hasFinalizer(item, ORPHAN) ? await graph.storedDependentsOf(item, kind, ctx) : undefined;
  const dependentsOf = (o: ApiObject) => (o === item && stored) || graph.dependentsOf(o, ctx);
  const view = { stateOf: ({ uid }: { uid: string }) => states.get(uid) ?? "solid", dependentsOf };
  await applyCollectPlan(ctx, graph, kind, item, planCollect(item, view));
}
