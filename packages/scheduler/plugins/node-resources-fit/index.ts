import { definePlugin, type Refusal } from "../../framework/plugin.ts";
import { leastAllocated } from "./least-allocated.ts";

/** Keeps the sum of what pods request within what the node can give, and prefers nodes that have more left. */
export const nodeResourcesFit = definePlugin<readonly (readonly [resource: string, amount: number])[]>({
  name: "NodeResourcesFit",
  mayHelp: ({ type }) => (type === "NodeAdded" || type === "NodeUpdated" || type === "PodRemoved" ? "here" : undefined),
  preFilter: ({ requests }) => ({ state: Object.entries(requests).filter(([, amount]) => amount > 0) }),
  filter(_, { info }, wanted): Refusal | undefined {
    let reasons: string[] | undefined;
    if (info.podCount + 1 > info.allocatable.get("pods")) reasons = ["Too many pods"];
    for (const [resource, amount] of wanted) {
      if (amount <= info.allocatable.get(resource) - info.requested.get(resource)) continue;
      reasons ??= [];
      reasons.push(`Insufficient ${resource}`);
    }
    return reasons && { reasons, resolvable: true };
  },
  score: leastAllocated,
});
