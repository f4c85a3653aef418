import type { Node, Pod } from "@wherry/api";
import { hostPortConflict } from "./host-ports.ts";
import { nodeSelectorMismatch } from "./node-selector.ts";
import { lackingResource } from "./resources.ts";
import { forbiddenSysctl } from "./sysctls.ts";

/** Why the node does not take a pod. */
export interface Refusal {
  reason: string;
  message: string;
}

/**
 * Whether the node can take `pod` beside the pods that it has taken already; undefined = yes. The scheduler has asked the same, but it may have known
 * less. Source: kubelet lifecycle/predicate.go.
 */
export function refusal(pod: Pod, others: readonly Pod[], node: Node): Refusal | undefined {
  return forbiddenSysctl(pod) ?? lackingResource(pod, others, node) ?? nodeSelectorMismatch(pod, node) ?? hostPortConflict(pod, others);
}
