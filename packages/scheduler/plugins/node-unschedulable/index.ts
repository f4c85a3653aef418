import { definePlugin } from "../../framework/plugin.ts";
import { tolerates } from "../taint-toleration/tolerates.ts";

const CORDONED = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };

/** Keeps pods off cordoned nodes, unless they tolerate the taint that stands for it. */
export const nodeUnschedulable = definePlugin({
  name: "NodeUnschedulable",
  events: ["NodeAdded", "NodeUpdated"],
  filter: ({ pod }, { node }) =>
    node.spec?.unschedulable && !tolerates(pod.spec?.tolerations, CORDONED) ? ["node(s) were unschedulable"] : [],
});
