import type { DaemonSet, Pod } from "@wherry/api";
import { resolveIntOrPercent } from "@wherry/machinery";
import type { DaemonPlan } from "./plan.ts";
import { type DaemonNode, type DaemonSnapshot, isAvailable, isOfRevision } from "./snapshot.ts";

/** How many nodes a rollout may leave without a pod, or give a second one. */
interface Bounds {
  maxUnavailable: number;
  maxSurge: number;
}

/** Both round up; they are never both 0. Source: daemon/update.go updatedDesiredNodeCounts. */
function boundsOf({ spec }: DaemonSet, desired: number): Bounds {
  const { maxUnavailable = 1, maxSurge = 0 } = spec.updateStrategy?.rollingUpdate ?? {};
  const surge = resolveIntOrPercent(maxSurge, desired, true);
  const unavailable = resolveIntOrPercent(maxUnavailable, desired, true);
  return { maxSurge: surge, maxUnavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

/** The live pod of the present template on a node, and the one of another; `undefined` as a whole while there are several of either. */
interface Pair {
  fresh?: Pod;
  old?: Pod;
}

function pairOf({ pods }: DaemonNode, hash: string): Pair | undefined {
  const live = pods.filter((pod) => !pod.metadata.deletionTimestamp);
  const fresh = live.filter((pod) => isOfRevision(pod, hash));
  const old = live.filter((pod) => !isOfRevision(pod, hash));
  if (fresh.length > 1 || old.length > 1) return undefined;
  return { ...(fresh[0] && { fresh: fresh[0] }), ...(old[0] && { old: old[0] }) };
}

/** The next pods to replace. Old pods that do not work anyway go without waiting for others. Source: daemon/update.go rollingUpdate. */
export function planRollout(snapshot: DaemonSnapshot, nodes: readonly DaemonNode[]): Pick<DaemonPlan, "create" | "delete"> {
  const taking = nodes.filter(({ shouldRun, pods }) => shouldRun || pods.length > 0);
  const bounds = boundsOf(snapshot.ds, nodes.filter(({ shouldRun }) => shouldRun).length);
  return bounds.maxSurge > 0 ? surge(snapshot, taking, bounds) : replace(snapshot, taking, bounds);
}

function replace({ ds, hash, now }: DaemonSnapshot, nodes: readonly DaemonNode[], { maxUnavailable }: Bounds) {
  const broken: Pod[] = [];
  const working: Pod[] = [];
  let unavailable = 0;
  for (const node of nodes) {
    const pair = pairOf(node, hash);
    if (pair?.old && !pair.fresh) {
      if (isAvailable(pair.old, ds, now)) working.push(pair.old);
      else {
        broken.push(pair.old);
        unavailable++;
      }
    } else if (!pair?.fresh || pair.old || !isAvailable(pair.fresh, ds, now)) unavailable++;
  }
  return { create: [], delete: [...broken, ...working.slice(0, Math.max(0, maxUnavailable - unavailable))] };
}

function surge({ ds, hash, now }: DaemonSnapshot, nodes: readonly DaemonNode[], { maxSurge }: Bounds) {
  const withoutUse: string[] = [];
  const working: string[] = [];
  const replaced: Pod[] = [];
  let surging = 0;
  for (const node of nodes) {
    const pair = pairOf(node, hash);
    if (!pair) surging++;
    else if (!pair.old) continue;
    else if (!pair.fresh) (isAvailable(pair.old, ds, now) ? working : withoutUse).push(node.name);
    else if (isAvailable(pair.fresh, ds, now)) replaced.push(pair.old);
    else surging++;
  }
  return { create: [...withoutUse, ...working.slice(0, Math.max(0, maxSurge - surging))], delete: replaced };
}
