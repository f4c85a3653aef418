import { type DaemonSet, isPodReady, type Pod } from "@wherry/api";
import { planRollout } from "./rollout.ts";
import { type DaemonNode, type DaemonSnapshot, daemonNodes, isAvailable, isOfRevision } from "./snapshot.ts";

/** The most pods that one reconcile creates. Source: daemon_controller.go BurstReplicas. */
const BURST = 250;

/** What brings one pod to each node that is to have it. */
export interface DaemonPlan {
  /** Names of nodes that get a pod now. */
  create: string[];
  delete: Pod[];
  /** Pods that ended, and why they are taken away. */
  ended: { pod: Pod; node: string; failed: boolean }[];
  /** A failed pod waits for its turn. Milliseconds. */
  requeueAfterMs?: number;
}

/** Pure. The rollout goes on only when every node has what it should. Source: daemon_controller.go manage, rollingUpdate. */
export function planDaemonSet(snapshot: DaemonSnapshot, nodes: readonly DaemonNode[] = daemonNodes(snapshot)): DaemonPlan {
  const plan: DaemonPlan = { create: [], delete: [], ended: [] };
  if (snapshot.ds.metadata.deletionTimestamp) return plan;
  for (const node of nodes) planNode(snapshot, node, plan);
  if (plan.create.length + plan.delete.length + plan.ended.length === 0 && snapshot.ds.spec.updateStrategy?.type === "RollingUpdate") {
    const rollout = planRollout(snapshot, nodes);
    plan.create.push(...rollout.create);
    plan.delete.push(...rollout.delete);
  }
  plan.create.splice(BURST);
  return plan;
}

function planNode(snapshot: DaemonSnapshot, { name, shouldRun, mayStay, pods }: DaemonNode, plan: DaemonPlan): void {
  if (pods.length === 0) {
    if (shouldRun) plan.create.push(name);
    return;
  }
  const live = pods.filter((pod) => !pod.metadata.deletionTimestamp);
  if (!mayStay) plan.delete.push(...live);
  else plan.delete.push(...surplus(snapshot, live.filter((pod) => !endedPod(snapshot, pod, name, plan)).toSorted(oldestFirst)));
}

/** Whether the pod is over; then it goes, a failed one after a while. */
function endedPod({ now, retryAt }: DaemonSnapshot, pod: Pod, node: string, plan: DaemonPlan): boolean {
  const phase = pod.status?.phase;
  if (phase !== "Failed" && phase !== "Succeeded") return false;
  const wait = phase === "Failed" ? retryAt(node) - now : 0;
  if (wait > 0) plan.requeueAfterMs = Math.min(wait, plan.requeueAfterMs ?? Number.POSITIVE_INFINITY);
  else plan.ended.push({ pod, node, failed: phase === "Failed" });
  return true;
}

/**
 * All but the oldest; while a rollout surges, all but one new and one old pod, until the new one can stand alone. Of each sort the oldest that is ready
 * stays, if one is: upstream keeps the oldest, which may serve nobody.
 */
function surplus(snapshot: DaemonSnapshot, pods: readonly Pod[]): Pod[] {
  const { ds, hash, now } = snapshot;
  if (!surges(ds)) return pods.slice(1);
  const best = pods.toSorted((a, b) => Number(isPodReady(b)) - Number(isPodReady(a)));
  const fresh = best.filter((pod) => isOfRevision(pod, hash));
  const old = best.filter((pod) => !isOfRevision(pod, hash));
  const [oldestNew] = fresh;
  const [oldestOld] = old;
  const extra = [...fresh.slice(1), ...old.slice(1)];
  const replaced = oldestNew && oldestOld && (!isPodReady(oldestOld) || isAvailable(oldestNew, ds, now));
  return replaced ? [...extra, oldestOld] : extra;
}

function surges({ spec: { updateStrategy } }: DaemonSet): boolean {
  const surge = updateStrategy?.type === "RollingUpdate" ? updateStrategy.rollingUpdate?.maxSurge : undefined;
  return surge !== undefined && surge !== 0 && surge !== "0%";
}

/** One that is bound goes before one that is not. Source: daemon_controller.go podByCreationTimestampAndPhase. */
function oldestFirst(a: Pod, b: Pod): number {
  if (Boolean(a.spec.nodeName) !== Boolean(b.spec.nodeName)) return a.spec.nodeName ? -1 : 1;
  const [x, y] = [a, b].map(({ metadata }) => Date.parse(metadata.creationTimestamp)) as [number, number];
  return x - y || (a.metadata.name < b.metadata.name ? -1 : 1);
}
