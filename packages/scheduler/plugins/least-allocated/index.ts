import { definePlugin, MAX_SCORE } from "../../framework/plugin.ts";

/** Prefers nodes with the largest free share of cpu and memory. Source: noderesources least_allocated. */
export const leastAllocated = definePlugin({
  name: "LeastAllocated",
  score({ weights }, { info }) {
    const present = ["cpu", "memory"].filter((resource) => info.allocatable(resource) > 0);
    if (present.length === 0) return 0;
    const scores = present.map((resource) => {
      const allocatable = info.allocatable(resource);
      const free = allocatable - info.weight(resource) - (weights[resource] ?? 0);
      return free < 0 ? 0 : Math.floor((free * MAX_SCORE) / allocatable);
    });
    return Math.floor(scores.reduce((sum, score) => sum + score, 0) / scores.length);
  },
});
