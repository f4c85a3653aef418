import { matchesNodeSelectorTerm, type Pod } from "@wherry/api";
import { definePlugin, normalizeByMaximum } from "../../framework/plugin.ts";

/** Keeps a pod on nodes that its `nodeSelector` and required node affinity choose, and prefers those that its preferred one does. */
export const nodeAffinity = definePlugin({
  name: "NodeAffinity",
  events: ["NodeAdded", "NodeUpdated"],
  weight: 2,
  filter({ pod }, { node }) {
    const labels = node.metadata.labels ?? {};
    const selected = Object.entries(pod.spec?.nodeSelector ?? {}).every(([key, value]) => labels[key] === value);
    const required = affinityOf(pod)?.requiredDuringSchedulingIgnoredDuringExecution;
    const fits = selected && (!required || required.nodeSelectorTerms.some((term) => matchesNodeSelectorTerm(term, node)));
    return fits ? [] : ["node(s) didn't match Pod's node affinity/selector"];
  },
  score({ pod }, { node }) {
    const preferred = affinityOf(pod)?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    return preferred.filter((term) => matchesNodeSelectorTerm(term.preference, node)).reduce((sum, term) => sum + term.weight, 0);
  },
  normalize: (scores) => normalizeByMaximum(scores, false),
});

const affinityOf = (pod: Pod) => pod.spec?.affinity?.nodeAffinity;
