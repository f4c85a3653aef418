import { getCondition, type Node, type Taint } from "@wherry/api";
import { rfc3339 } from "@wherry/base";

const NOT_READY = "node.kubernetes.io/not-ready";
const UNREACHABLE = "node.kubernetes.io/unreachable";

/** The taint by which pods are kept off, for a condition of this type and status. */
const BY_CONDITION: readonly [type: string, status: string, key: string][] = [
  ["Ready", "False", NOT_READY],
  ["Ready", "Unknown", UNREACHABLE],
  ["MemoryPressure", "True", "node.kubernetes.io/memory-pressure"],
  ["DiskPressure", "True", "node.kubernetes.io/disk-pressure"],
  ["NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable"],
  ["PIDPressure", "True", "node.kubernetes.io/pid-pressure"],
];
const UNSCHEDULABLE = "node.kubernetes.io/unschedulable";
const NO_SCHEDULE_KEYS = new Set([...BY_CONDITION.map(([, , key]) => key), UNSCHEDULABLE]);

/** What of a taint decides. */
export type TaintId = Pick<Taint, "key" | "effect">;

/** The taint that evicts pods from a node that is not ready; undefined for one that is. */
export function evictingTaint(node: Node): TaintId | undefined {
  const status = getCondition(node.status?.conditions, "Ready")?.status;
  if (status === "False") return { key: NOT_READY, effect: "NoExecute" };
  return status === "Unknown" ? { key: UNREACHABLE, effect: "NoExecute" } : undefined;
}

export function hasTaint(node: Node, { key, effect }: TaintId): boolean {
  return node.spec.taints?.some((t) => t.key === key && t.effect === effect) ?? false;
}

/**
 * The node's taints with ours brought up to date: NoSchedule for its conditions and for `spec.unschedulable`, and `evicting`. Those of others, and ours
 * that stay, keep as they are. Undefined when nothing changes. Source: node_lifecycle_controller.go doNoScheduleTaintingPass, doNoExecuteTaintingPass.
 */
export function planTaints(node: Node, evicting: TaintId | undefined, now: number): Taint[] | undefined {
  const wanted = [...noSchedule(node), ...(evicting ? [evicting] : [])];
  const current = node.spec.taints ?? [];
  const isSame = (a: TaintId, b: TaintId) => a.key === b.key && a.effect === b.effect;
  const kept = current.filter((t) => !isOurs(t) || wanted.some((w) => isSame(w, t)));
  const added = wanted.filter((w) => !current.some((t) => isSame(w, t))).map((w) => ({ ...w, timeAdded: rfc3339(now) }));
  return kept.length === current.length && added.length === 0 ? undefined : [...kept, ...added];
}

function noSchedule({ spec, status }: Node): TaintId[] {
  const keys = BY_CONDITION.filter(([type, wanted]) => getCondition(status?.conditions, type)?.status === wanted).map(([, , key]) => key);
  return [...keys, ...(spec.unschedulable ? [UNSCHEDULABLE] : [])].map((key) => ({ key, effect: "NoSchedule" }));
}

function isOurs({ key, effect }: TaintId): boolean {
  if (effect === "NoSchedule") return NO_SCHEDULE_KEYS.has(key);
  return effect === "NoExecute" && (key === NOT_READY || key === UNREACHABLE);
}
