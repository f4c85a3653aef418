import { isPodTerminal, Node, Pod } from "@wherry/api";
import { hasReason } from "@wherry/base";
import { type Controller, type ControllerContext, watchOf } from "@wherry/engine";
import { keyOf, splitKey } from "@wherry/machinery";
import { nodeExists } from "../nodes/exists.ts";
import { BY_NODE, podsByNode } from "../pods/by-node.ts";
import { disrupt } from "../pods/disruption.ts";
import { QUARANTINE_MS, surplusTerminated, TERMINATED_THRESHOLD } from "./plan.ts";

const TERMINATED = "terminated";
const terminatedIndex = { [TERMINATED]: (pod: Pod): readonly string[] => (isPodTerminal(pod) ? ["true"] : []) };

/** Nodes that pods name and that are not there: since when. */
type Missing = Map<string, number>;

/** Removes pods that nobody else will: those of nodes that are gone, and ended ones above the threshold. Source: pkg/controller/podgc. */
export function podGarbageCollector(threshold = TERMINATED_THRESHOLD): Controller {
  const missing: Missing = new Map();
  return {
    name: "pod-garbage-collector-controller",
    watches: [
      watchOf({ kind: Node, wakes: (node, { gone }, ctx) => nodeWakes(node, gone, ctx, missing) }),
      watchOf({ kind: Pod, indexes: { ...podsByNode, ...terminatedIndex }, wakes: podWakes }),
    ],
    reconcile: (key, ctx) => (key === TERMINATED ? collectTerminated(ctx, threshold) : collectOrphan(key, ctx, missing)),
  };
}

function nodeWakes(node: Node, gone: boolean, ctx: ControllerContext, missing: Missing): readonly string[] {
  const { name } = node.metadata;
  if (!gone) missing.delete(name);
  return gone ? ctx.lister(Pod).byIndex(BY_NODE, name).map(keyOf) : [];
}

function podWakes(pod: Pod, { previous, gone }: { previous?: Pod; gone: boolean }, ctx: ControllerContext): readonly string[] {
  if (gone) return [];
  const { nodeName } = pod.spec;
  const orphaned = nodeName ? !ctx.lister(Node).get(nodeName) : pod.metadata.deletionTimestamp !== undefined;
  const ended = isPodTerminal(pod) && !(previous && isPodTerminal(previous));
  return [...(orphaned ? [keyOf(pod)] : []), ...(ended ? [TERMINATED] : [])];
}

async function collectOrphan(key: string, ctx: ControllerContext, missing: Missing): Promise<{ requeueAfterMs: number } | void> {
  const { name, namespace } = splitKey(key);
  const pod = ctx.lister(Pod).get(name, namespace);
  if (!pod) return;
  const { nodeName } = pod.spec;
  if (!nodeName) return pod.metadata.deletionTimestamp ? remove(ctx, pod) : undefined;
  if (ctx.lister(Node).get(nodeName)) return;
  const now = ctx.clock.now();
  const since = missing.get(nodeName) ?? now;
  missing.set(nodeName, since);
  if (now < since + QUARANTINE_MS) return { requeueAfterMs: since + QUARANTINE_MS - now };
  if (await nodeExists(nodeName, ctx)) return;
  await disrupt(ctx, pod, { reason: "DeletionByPodGC", message: "PodGC: node no longer exists" }, { fail: true });
}

async function collectTerminated(ctx: ControllerContext, threshold: number): Promise<void> {
  const surplus = surplusTerminated(ctx.lister(Pod).byIndex(TERMINATED, "true"), threshold);
  await Promise.all(surplus.map((pod) => remove(ctx, pod)));
}

async function remove(ctx: ControllerContext, { metadata: { name, namespace, uid } }: Pod): Promise<void> {
  try {
    const options = { gracePeriodSeconds: 0, preconditions: { uid } };
    ctx.wrote(Pod, await ctx.client.delete(Pod, { name, ...(namespace && { namespace }) }, options));
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
  }
}
