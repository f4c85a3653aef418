import type { Toleration } from "@wherry/api";
import { definePlugin, normalizeByMaximum } from "../../framework/plugin.ts";
import { tolerates } from "./tolerates.ts";

/** Keeps pods off nodes with taints that they do not tolerate, and prefers nodes with few taints that ask for that softly. */
export const taintToleration = definePlugin<readonly Toleration[]>({
  name: "TaintToleration",
  events: ["NodeAdded", "NodeUpdated"],
  weight: 3,
  /** The tolerations that count for soft taints. */
  preFilter: ({ pod }) => (pod.spec?.tolerations ?? []).filter((t) => !t.effect || t.effect === "PreferNoSchedule"),
  filter({ pod }, { node }) {
    const hard = node.spec?.taints?.filter((taint) => taint.effect === "NoSchedule" || taint.effect === "NoExecute");
    const taint = hard?.find((t) => !tolerates(pod.spec?.tolerations, t));
    return taint ? [`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ""}}`] : [];
  },
  score(_, { node }, tolerations) {
    const soft = node.spec?.taints?.filter((taint) => taint.effect === "PreferNoSchedule") ?? [];
    return soft.filter((taint) => !tolerates(tolerations, taint)).length;
  },
  normalize: (scores) => normalizeByMaximum(scores, true),
});
