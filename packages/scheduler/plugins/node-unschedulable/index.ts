import { definePlugin, refusal } from "../../framework/plugin.ts";
import { tolerates } from "../taint-toleration/tolerates.ts";

const CORDONED = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };
const REFUSAL = refusal("node(s) were unschedulable", false);

/** Keeps pods off cordoned nodes, unless they tolerate the taint that stands for it. */
export const nodeUnschedulable = definePlugin({
  name: "NodeUnschedulable",
  mayHelp: ({ type }) => (type === "NodeAdded" || type === "NodeUpdated" ? "here" : undefined),
  filter: ({ pod }, { node }) => (node.spec?.unschedulable && !tolerates(pod.spec?.tolerations, CORDONED) ? REFUSAL : undefined),
});
