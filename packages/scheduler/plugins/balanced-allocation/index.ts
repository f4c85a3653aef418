import type { NodeInfo } from "../../framework/node-info.ts";
import { definePlugin, MAX_SCORE } from "../../framework/plugin.ts";
import type { Amounts } from "../../framework/pod-info.ts";

/** Prefers nodes where cpu and memory would be used to the same degree. Source: noderesources balanced_allocation. */
export const balancedAllocation = definePlugin({
  name: "NodeResourcesBalancedAllocation",
  score({ requests }, { info }) {
    const cpu = usedShare(info, requests, "cpu");
    const memory = usedShare(info, requests, "memory");
    if (cpu === undefined || memory === undefined) return MAX_SCORE;
    // Of two values the standard deviation is half of their distance.
    return Math.floor((1 - Math.abs(cpu - memory) / 2) * MAX_SCORE);
  },
});

/** Undefined for what the node does not have. */
function usedShare(info: NodeInfo, requests: Amounts, resource: "cpu" | "memory"): number | undefined {
  const all = info.allocatable[resource];
  return all > 0 ? Math.min(1, (info.requested[resource] + (requests[resource] ?? 0)) / all) : undefined;
}
