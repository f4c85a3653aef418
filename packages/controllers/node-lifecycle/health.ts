import { getCondition, type Node, type NodeCondition, type NodeStatus } from "@wherry/api";
import { rfc3339 } from "@wherry/base";

/** How long a node may be silent. Milliseconds. Source: --node-monitor-grace-period, --node-startup-grace-period. */
export const GRACE_MS = 40_000;
export const STARTUP_GRACE_MS = 60_000;

/** The conditions that a node itself reports. */
const REPORTED = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"] as const;

/** When the node counts as silent, if nothing is heard of it after `lastHeard`. Milliseconds since the epoch. */
export function silentAt(node: Node, lastHeard: number): number {
  const reported = getCondition(node.status?.conditions, "Ready") !== undefined;
  return lastHeard + (reported ? GRACE_MS : STARTUP_GRACE_MS);
}

/**
 * The status of a node that is silent: what it reported is unknown now. Undefined when the status says so already.
 * Source: node_lifecycle_controller.go tryUpdateNodeHealth.
 */
export function silentStatus(node: Node, now: number): NodeStatus | undefined {
  const old = node.status?.conditions ?? [];
  const changed = REPORTED.flatMap((type) => unknown(getCondition(old, type), type, node, now) ?? []);
  if (changed.length === 0) return undefined;
  const kept = old.map((c) => changed.find((n) => n.type === c.type) ?? c);
  const added = changed.filter((c) => !getCondition(old, c.type));
  return { ...node.status, conditions: [...kept, ...added] };
}

function unknown(old: NodeCondition | undefined, type: string, node: Node, now: number): NodeCondition | undefined {
  const lastTransitionTime = rfc3339(now);
  if (!old) {
    const [reason, message] = ["NodeStatusNeverUpdated", "Kubelet never posted node status."];
    return { type, status: "Unknown", reason, message, lastHeartbeatTime: node.metadata.creationTimestamp, lastTransitionTime };
  }
  if (old.status === "Unknown") return undefined;
  const [reason, message] = ["NodeStatusUnknown", "Kubelet stopped posting node status."];
  return { ...old, status: "Unknown", reason, message, lastTransitionTime };
}
