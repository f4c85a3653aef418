import type { Pod } from "@wherry/api";

/** How many ended pods may stay. Source: --terminated-pod-gc-threshold. */
export const TERMINATED_THRESHOLD = 12_500;

/** How long a node must be gone before its pods are. Milliseconds. Source: podgc quarantineTime. */
export const QUARANTINE_MS = 40_000;

/** The ended pods above the threshold: evicted ones first, then the oldest. Source: gc_controller.go gcTerminated. */
export function surplusTerminated(terminated: readonly Pod[], threshold: number): Pod[] {
  if (terminated.length <= threshold) return [];
  const isEvicted = (pod: Pod) => pod.status?.phase === "Failed" && pod.status.reason === "Evicted";
  const sorted = [...terminated].sort(
    (a, b) =>
      Number(isEvicted(b)) - Number(isEvicted(a)) ||
      compare(a.metadata.creationTimestamp, b.metadata.creationTimestamp) ||
      compare(a.metadata.name, b.metadata.name),
  );
  return sorted.slice(0, terminated.length - threshold);
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
