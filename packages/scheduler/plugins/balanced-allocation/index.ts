import { definePlugin, MAX_SCORE } from "../../framework/plugin.ts";

/** Prefers nodes where cpu and memory would be used to the same degree. Source: noderesources balanced_allocation. */
export const balancedAllocation = definePlugin({
  name: "NodeResourcesBalancedAllocation",
  score({ requests }, { info }) {
    const used = ["cpu", "memory"]
      .filter((resource) => info.allocatable(resource) > 0)
      .map((resource) => Math.min(1, (info.requested(resource) + (requests[resource] ?? 0)) / info.allocatable(resource)));
    // Of two values the standard deviation is half of their distance.
    const [cpu = 0, memory = cpu] = used;
    return Math.floor((1 - Math.abs(cpu - memory) / 2) * MAX_SCORE);
  },
});
