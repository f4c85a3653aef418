import { getCondition, isNodeReady, isPodReady, Lease, Node, Pod } from "@wherry/api";
import { hasReason, rfc3339 } from "@wherry/base";
import { type Controller, type ControllerContext, watchOf } from "@wherry/engine";
import { BY_NODE, podsByNode } from "../pods/by-node.ts";
import { silentAt, silentStatus } from "./health.ts";
import { Pacer } from "./pacer.ts";
import { evictingTaint, hasTaint, planTaints, type TaintId } from "./taints.ts";
import { evictionPace, zoneOf } from "./zones.ts";

/** Where the leases of nodes are. */
const LEASES = "kube-node-lease";

/** What is remembered between reconciles: by this process's own clock, so that a node's may be wrong. */
interface Memory {
  /** When each node last gave a sign of life. Milliseconds since the epoch. */
  heard: Map<string, number>;
  registered: Set<string>;
  pacer: Pacer;
}

/** Marks nodes that fell silent, and taints those in trouble. Source: pkg/controller/nodelifecycle. */
export function nodeLifecycleController(): Controller {
  const memory: Memory = { heard: new Map(), registered: new Set(), pacer: new Pacer() };
  return {
    name: "node-lifecycle-controller",
    eventSource: "node-controller",
    watches: [
      watchOf({ kind: Node, wakes: (node, change, ctx) => nodeWakes(node, change.previous, ctx, memory) }),
      watchOf({ kind: Lease, wakes: (lease, { previous }, ctx) => leaseWakes(lease, previous, ctx, memory) }),
      watchOf({ kind: Pod, indexes: podsByNode }),
    ],
    reconcile: (name, ctx) => reconcile(name, ctx, memory),
  };
}

/** When a node's readiness changes, others' evictions may have to begin or end. */
function nodeWakes(node: Node, previous: Node | undefined, ctx: ControllerContext, { heard }: Memory): readonly string[] {
  const heartbeat = (n: Node) => getCondition(n.status?.conditions, "Ready")?.lastHeartbeatTime;
  const spoke = previous && (heartbeat(node) !== heartbeat(previous) || (isNodeReady(node) && !isNodeReady(previous)));
  if (spoke) heard.set(node.metadata.name, ctx.clock.now());
  const own = node.metadata.name;
  if (previous && isNodeReady(node) === isNodeReady(previous)) return [own];
  const troubled = ctx
    .lister(Node)
    .list()
    .filter((n) => !isNodeReady(n));
  return [own, ...troubled.map((n) => n.metadata.name)];
}

/** A renewed lease is noted, and wakes nobody: the timer of its node looks at the note. */
function leaseWakes(lease: Lease, previous: Lease | undefined, ctx: ControllerContext, { heard }: Memory): readonly string[] {
  if (lease.metadata.namespace === LEASES && previous && lease.spec?.renewTime !== previous.spec?.renewTime) {
    heard.set(lease.metadata.name, ctx.clock.now());
  }
  return [];
}

async function reconcile(name: string, ctx: ControllerContext, memory: Memory): Promise<{ requeueAfterMs: number } | void> {
  const node = ctx.lister(Node).get(name);
  if (!node) return forget(name, memory);
  if (!memory.registered.has(name)) {
    memory.registered.add(name);
    ctx.events.event(node, "Normal", "RegisteredNode", `Node ${name} event: Registered Node ${name} in Controller`);
  }
  const now = ctx.clock.now();
  if (!memory.heard.has(name)) memory.heard.set(name, now);
  const due = silentAt(node, memory.heard.get(name) ?? now);
  const judged = due <= now ? await markSilent(node, ctx, now) : node;
  if (getCondition(judged.status?.conditions, "Ready")?.status === "Unknown") await markPodsNotReady(name, ctx, now);
  const wait = await taint(judged, ctx, memory, now);
  const waits = [...(due > now ? [due - now] : []), ...(wait === undefined ? [] : [wait])];
  return waits.length > 0 ? { requeueAfterMs: Math.min(...waits) } : undefined;
}

function forget(name: string, { heard, registered }: Memory): void {
  heard.delete(name);
  registered.delete(name);
}

async function markSilent(node: Node, ctx: ControllerContext, now: number): Promise<Node> {
  const status = silentStatus(node, now);
  if (!status) return node;
  const written = await ctx.client.update(Node, { ...node, status }, { subresource: "status" });
  ctx.wrote(Node, written);
  if (isNodeReady(node)) {
    const { name } = node.metadata;
    ctx.events.event(node, "Normal", "NodeNotReady", `Node ${name} status is now: NodeNotReady`);
  }
  return written;
}

/** Nobody can say that they are ready: they must not get traffic. */
async function markPodsNotReady(node: string, ctx: ControllerContext, now: number): Promise<void> {
  const ready = ctx.lister(Pod).byIndex(BY_NODE, node).filter(isPodReady);
  await Promise.all(ready.map((pod) => markPodNotReady(pod, ctx, now)));
}

async function markPodNotReady(pod: Pod, ctx: ControllerContext, now: number): Promise<void> {
  const change = { status: "False", lastTransitionTime: rfc3339(now) };
  const conditions = pod.status?.conditions?.map((c) => (c.type === "Ready" ? { ...c, ...change } : c)) ?? [];
  try {
    const next = { ...pod, status: { ...pod.status, conditions } };
    ctx.wrote(Pod, await ctx.client.update(Pod, next, { subresource: "status" }));
    ctx.events.event(pod, "Warning", "NodeNotReady", "Node is not ready");
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
  }
}

/** Gives milliseconds until this node's turn to be emptied, if it has to wait for that. */
async function taint(node: Node, ctx: ControllerContext, { pacer }: Memory, now: number): Promise<number | undefined> {
  const wanted = evictingTaint(node);
  const turn = wanted ? mayEvict(node, wanted, ctx, pacer, now) : { now: false };
  const taints = planTaints(node, turn.now ? wanted : undefined, now);
  if (taints) {
    const { name, resourceVersion } = node.metadata;
    const body = { metadata: { resourceVersion }, spec: { taints: taints.length > 0 ? taints : null } };
    ctx.wrote(Node, await ctx.client.patch(Node, { name }, { type: "merge", body }));
  }
  return turn.inMs;
}

/** One that is being emptied already goes on, also when the reason changes, unless the whole cluster seems to be down. */
function mayEvict(node: Node, wanted: TaintId, ctx: ControllerContext, pacer: Pacer, now: number): { now: boolean; inMs?: number } {
  const zone = zoneOf(node);
  const pace = evictionPace(ctx.lister(Node).list(), zone);
  if (pace === undefined) return { now: false };
  if (hasTaint(node, wanted) || node.spec.taints?.some((t) => t.effect === "NoExecute" && t.key.startsWith("node.kubernetes.io/"))) {
    return { now: true };
  }
  const inMs = pacer.take(zone, pace, now);
  return inMs === 0 ? { now: true } : { now: false, inMs };
}
