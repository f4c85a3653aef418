import type { Sums } from "../../framework/node-info.ts";
import { type Candidate, MAX_SCORE } from "../../framework/plugin.ts";
import type { PodInfo } from "../../framework/pod-info.ts";

/** The free share of cpu and memory that would be left, between 0 and MAX_SCORE. Source: noderesources least_allocated. */
export function leastAllocated({ weights }: PodInfo, { info }: Candidate): number {
  const cpu = freeShare(info.allocatable, info.weights.cpu + (weights.cpu ?? 0), "cpu");
  const memory = freeShare(info.allocatable, info.weights.memory + (weights.memory ?? 0), "memory");
  if (cpu === undefined || memory === undefined) return cpu ?? memory ?? 0;
  return Math.floor((cpu + memory) / 2);
}

/** Undefined for what the node does not have. */
function freeShare(allocatable: Sums, used: number, resource: "cpu" | "memory"): number | undefined {
  const all = allocatable[resource];
  if (all <= 0) return undefined;
  return used > all ? 0 : Math.floor(((all - used) * MAX_SCORE) / all);
}
