import { type Pod, type Taint, toleratesTaint } from "@wherry/api";

/** The taints that evict. */
export function evictingTaints(taints: readonly Taint[] | undefined): Taint[] {
  return (taints ?? []).filter((t) => t.effect === "NoExecute");
}

/**
 * When the pod has to leave a node with these NoExecute taints: undefined for never. A taint that is not tolerated evicts at once; of limited tolerations
 * the shortest counts, from the time its taint was added or the pod came, `firstSeen` standing in for a taint that does not say.
 * Milliseconds since the epoch. Source: taint_eviction.go processPodOnNode.
 */
export function evictionTime(pod: Pod, taints: readonly Taint[], firstSeen: number): number | undefined {
  const times = taints.map((taint) => timeFor(pod, taint, firstSeen));
  const due = times.filter((t) => t !== undefined);
  return due.length > 0 ? Math.min(...due) : undefined;
}

function timeFor(pod: Pod, taint: Taint, firstSeen: number): number | undefined {
  const tolerations = (pod.spec.tolerations ?? []).filter((t) => toleratesTaint(t, taint));
  if (tolerations.length === 0) return 0;
  const limits = tolerations.flatMap(({ tolerationSeconds }) => tolerationSeconds ?? []);
  if (limits.length === 0) return undefined;
  const added = taint.timeAdded ? Date.parse(taint.timeAdded) : firstSeen;
  const came = Date.parse(pod.metadata.creationTimestamp);
  return Math.max(added, came) + Math.max(0, Math.min(...limits)) * 1000;
}
