import { definePlugin } from "../../framework/plugin.ts";

/** Keeps the sum of what pods request within what the node can give. */
export const nodeResourcesFit = definePlugin({
  name: "NodeResourcesFit",
  events: ["NodeAdded", "NodeUpdated", "PodRemoved"],
  filter({ requests }, { info }) {
    const reasons: string[] = [];
    if (info.podCount + 1 > info.allocatable("pods")) reasons.push("Too many pods");
    for (const [resource, amount] of Object.entries(requests)) {
      if (amount > 0 && amount > info.allocatable(resource) - info.requested(resource)) reasons.push(`Insufficient ${resource}`);
    }
    return reasons;
  },
});
