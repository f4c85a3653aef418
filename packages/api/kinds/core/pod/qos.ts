import type { Quantity } from "@wherry/machinery";
import type { Container, Pod } from "../../../generated/types.ts";
import { amounts } from "../resources.ts";

const COUNTED = ["cpu", "memory"];

/** How hard a pod's claims are. Source: `qos.ComputePodQOS`. */
export function podQOSClass(pod: Pick<Pod, "spec">): "Guaranteed" | "Burstable" | "BestEffort" {
  const containers = [...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? [])];
  if (containers.every((c) => counted(c, "requests").size === 0 && counted(c, "limits").size === 0)) return "BestEffort";
  return containers.every(isGuaranteed) ? "Guaranteed" : "Burstable";
}

function isGuaranteed(c: Container): boolean {
  const requests = counted(c, "requests");
  const limits = counted(c, "limits");
  return COUNTED.every((name) => {
    const limit = limits.get(name);
    return limit !== undefined && (requests.get(name)?.equals(limit) ?? true);
  });
}

function counted(c: Container, side: "requests" | "limits"): Map<string, Quantity> {
  const all = [...amounts(c.resources?.[side])];
  return new Map(all.filter(([name, amount]) => COUNTED.includes(name) && !amount.isZero()));
}
