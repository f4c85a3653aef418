import { isPodTerminal, Node, Pod } from "@wherry/api";
import { type Controller, type ControllerContext, watchOf } from "@wherry/engine";
import { deepEqual, keyOf, splitKey } from "@wherry/machinery";
import { BY_NODE, podsByNode } from "../pods/by-node.ts";
import { disrupt } from "../pods/disruption.ts";
import { evictingTaints, evictionTime } from "./plan.ts";

/** Pods that wait for their eviction, by uid: since when. */
type Waiting = Map<string, number>;

/** Evicts pods from nodes with NoExecute taints that they do not tolerate (any longer). Source: pkg/controller/tainteviction. */
export function taintEvictionController(): Controller {
  const waiting: Waiting = new Map();
  return {
    name: "taint-eviction-controller",
    eventSource: "taint-eviction-controller",
    workers: 8,
    watches: [
      watchOf({ kind: Node, wakes: nodeWakes }),
      watchOf({ kind: Pod, indexes: podsByNode, wakes: (pod, { gone }, ctx) => podWakes(pod, gone, ctx, waiting) }),
    ],
    reconcile: (key, ctx) => reconcile(key, ctx, waiting),
  };
}

function nodeWakes(node: Node, { previous }: { previous?: Node }, ctx: ControllerContext): readonly string[] {
  const taints = evictingTaints(node.spec.taints);
  if (deepEqual(taints, evictingTaints(previous?.spec.taints))) return [];
  return ctx.lister(Pod).byIndex(BY_NODE, node.metadata.name).map(keyOf);
}

function podWakes(pod: Pod, gone: boolean, ctx: ControllerContext, waiting: Waiting): readonly string[] {
  if (gone) waiting.delete(pod.metadata.uid);
  return !gone && taintsOn(pod, ctx).length > 0 ? [keyOf(pod)] : [];
}

function taintsOn(pod: Pod, ctx: ControllerContext) {
  const node = pod.spec.nodeName ? ctx.lister(Node).get(pod.spec.nodeName) : undefined;
  return evictingTaints(node?.spec.taints);
}

async function reconcile(key: string, ctx: ControllerContext, waiting: Waiting): Promise<{ requeueAfterMs: number } | void> {
  const { name, namespace } = splitKey(key);
  const pod = ctx.lister(Pod).get(name, namespace);
  if (!pod || pod.metadata.deletionTimestamp || isPodTerminal(pod)) return;
  const { uid } = pod.metadata;
  const now = ctx.clock.now();
  const due = evictionTime(pod, taintsOn(pod, ctx), waiting.get(uid) ?? now);
  if (due === undefined) {
    if (waiting.delete(uid)) ctx.events.event(pod, "Normal", "TaintManagerEviction", `Cancelling deletion of Pod ${namespace}/${name}`);
    return;
  }
  if (!waiting.has(uid)) waiting.set(uid, now);
  if (due > now) return { requeueAfterMs: due - now };
  ctx.events.event(pod, "Normal", "TaintManagerEviction", `Marking for deletion Pod ${namespace}/${name}`);
  const why = { reason: "DeletionByTaintManager", message: "Taint manager: deleting due to NoExecute taint" } as const;
  await disrupt(ctx, pod, why, { fail: false });
  waiting.delete(uid);
}
