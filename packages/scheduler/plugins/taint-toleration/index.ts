import type { Toleration } from "@wherry/api";
import { definePlugin, normalizeByMaximum } from "../../framework/plugin.ts";
import { tolerates } from "./tolerates.ts";

/** Keeps pods off nodes with taints that they do not tolerate, and prefers nodes with few taints that ask for that softly. */
export const taintToleration = definePlugin<undefined, readonly Toleration[]>({
  name: "TaintToleration",
  weight: 3,
  mayHelp: ({ type }) => (type === "NodeAdded" || type === "NodeUpdated" ? "here" : undefined),
  filter({ pod }, { info }) {
    if (info.hardTaints.length === 0) return undefined;
    const taint = info.hardTaints.find((t) => !tolerates(pod.spec?.tolerations, t));
    return taint && { reasons: [`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ""}}`], resolvable: false };
  },
  /** The tolerations that count for soft taints. */
  preScore({ pod }, candidates) {
    if (!candidates.some(({ info }) => info.softTaints.length > 0)) return undefined;
    return { state: (pod.spec?.tolerations ?? []).filter((t) => !t.effect || t.effect === "PreferNoSchedule") };
  },
  score: (_, { info }, tolerations) => info.softTaints.filter((taint) => !tolerates(tolerations, taint)).length,
  normalize: (scores) => normalizeByMaximum(scores, true),
});
