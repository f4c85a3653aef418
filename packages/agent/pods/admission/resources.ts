import { amounts, type Node, type Pod, podRequests } from "@wherry/api";
import { Quantity } from "@wherry/machinery";
import type { Refusal } from "./admission.ts";

/** Whether the node has too little of something the pod requests. Source: scheduler noderesources.Fits, kubelet InsufficientResourceError. */
export function lackingResource(pod: Pod, others: readonly Pod[], node: Node): Refusal | undefined {
  const allocatable = amounts(node.status?.allocatable);
  const maxPods = allocatable.get("pods")?.value();
  if (maxPods !== undefined && others.length + 1 > maxPods) return outOf("pods", 1, others.length, maxPods);
  const used = others.map((other) => podRequests(other));
  for (const [name, wanted] of podRequests(pod)) {
    if (wanted.isZero()) continue;
    const taken = used.reduce((sum, requests) => sum.add(requests.get(name) ?? Quantity.zero), Quantity.zero);
    const capacity = allocatable.get(name) ?? Quantity.zero;
    if (wanted.add(taken).compare(capacity) > 0) return outOf(name, counted(name, wanted), counted(name, taken), counted(name, capacity));
  }
  return undefined;
}

/** The processor is counted in thousandths, everything else in whole units. */
const counted = (name: string, amount: Quantity): number => (name === "cpu" ? amount.milliValue() : amount.value());

function outOf(name: string, requested: number, used: number, capacity: number): Refusal {
  const numbers = `requested: ${requested}, used: ${used}, capacity: ${capacity}`;
  return { reason: `OutOf${name}`, message: `Node didn't have enough resource: ${name}, ${numbers}` };
}
