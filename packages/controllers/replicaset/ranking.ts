import { isPodAvailable, isPodReady, type Pod } from "@wherry/api";
import { readySince } from "../pods/state.ts";

const PHASES: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };
const DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";

/** What the order depends on besides the pods. */
export interface RankingContext {
  /** The active pods of all ReplicaSets with the same controller: a pod on a node that has more of them goes first. */
  related: readonly Pod[];
  minReadySeconds: number;
  /** Milliseconds since the epoch. */
  now: number;
}

interface Order {
  crowd: (pod: Pod) => number;
  available: (pod: Pod) => boolean;
  now: number;
}

/**
 * The `count` pods to delete first. Order: unassigned, phase (Pending, Unknown, Running), not ready, not yet available, lower deletion cost, more
 * related on its node, ready for a shorter time, more restarts, younger; the two ages are compared by their logarithm and then by uid. Source:
 * controller_utils.go ActivePodsWithRanks; that it spares available pods among the ready ones is ours, and keeps rollouts above their minimum.
 */
export function podsToDelete(pods: readonly Pod[], count: number, { related, minReadySeconds, now }: RankingContext): Pod[] {
  if (count >= pods.length) return [...pods];
  const perNode = countByNode(related);
  const crowd = (pod: Pod) => perNode.get(pod.spec.nodeName ?? "") ?? 0;
  const available = (pod: Pod) => isPodAvailable(pod, minReadySeconds, now);
  return [...pods].sort((a, b) => compare(a, b, { crowd, available, now })).slice(0, count);
}

function countByNode(pods: readonly Pod[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { spec } of pods) if (spec.nodeName) counts.set(spec.nodeName, (counts.get(spec.nodeName) ?? 0) + 1);
  return counts;
}

/** Negative when `a` is to be deleted before `b`. */
function compare(a: Pod, b: Pod, { crowd, available, now }: Order): number {
  return (
    Number(!!a.spec.nodeName) - Number(!!b.spec.nodeName) ||
    phaseRank(a) - phaseRank(b) ||
    Number(isPodReady(a)) - Number(isPodReady(b)) ||
    Number(available(a)) - Number(available(b)) ||
    deletionCost(a) - deletionCost(b) ||
    crowd(b) - crowd(a) ||
    (isPodReady(a) && isPodReady(b) ? compareAges(a, b, readySince, now) : 0) ||
    mostRestarts(b) - mostRestarts(a) ||
    compareAges(a, b, createdAt, now)
  );
}

const phaseRank = (pod: Pod) => PHASES[pod.status?.phase ?? "Pending"] ?? 0;
const createdAt = (pod: Pod) => (pod.metadata.creationTimestamp ? Date.parse(pod.metadata.creationTimestamp) : undefined);

/** Invalid costs count as 0. */
function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.[DELETION_COST] ?? "0";
  const cost = /^(0|-?[1-9][0-9]*)$/.test(text) ? Number(text) : 0;
  return Math.abs(cost) <= 2 ** 31 ? cost : 0;
}

/** Younger first, by the logarithm of the age so that near ages are alike; unknown ages first; ties by uid. */
function compareAges(a: Pod, b: Pod, time: (pod: Pod) => number | undefined, now: number): number {
  const [x, y] = [time(a), time(b)];
  if (x === y) return 0;
  if (x === undefined) return -1;
  if (y === undefined) return 1;
  return magnitude(now - x) - magnitude(now - y) || (a.metadata.uid < b.metadata.uid ? -1 : 1);
}

const magnitude = (ms: number) => (ms > 0 ? Math.floor(Math.log2(ms * 1e6)) : -1);

function mostRestarts(pod: Pod): number {
  const sidecars = new Set((pod.spec.initContainers ?? []).filter((c) => c.restartPolicy === "Always").map((c) => c.name));
  const init = (pod.status?.initContainerStatuses ?? []).filter((s) => sidecars.has(s.name));
  return [...(pod.status?.containerStatuses ?? []), ...init].reduce((most, s) => Math.max(most, s.restartCount), 0);
}
