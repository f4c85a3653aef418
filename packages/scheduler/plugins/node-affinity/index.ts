import { matchesNodeSelectorTerm, type NodeSelectorTerm, type Pod, type PreferredSchedulingTerm } from "@wherry/api";
import { definePlugin, normalizeByMaximum, refusal } from "../../framework/plugin.ts";
import { matchesRequiredNodeAffinity } from "./required.ts";

const REFUSAL = refusal("node(s) didn't match Pod's node affinity/selector", false);

/** Keeps a pod on nodes that its `nodeSelector` and required node affinity choose, and prefers those that its preferred one does. */
export const nodeAffinity = definePlugin<undefined, readonly PreferredSchedulingTerm[]>({
  name: "NodeAffinity",
  weight: 2,
  mayHelp: ({ type }) => (type === "NodeAdded" || type === "NodeUpdated" ? "here" : undefined),
  preFilter({ pod }) {
    const required = affinityOf(pod)?.requiredDuringSchedulingIgnoredDuringExecution;
    if (!required && !pod.spec?.nodeSelector) return undefined;
    const only = required && namedNodes(required.nodeSelectorTerms);
    return only ? { only } : {};
  },
  filter: ({ pod }, { node }) => (matchesRequiredNodeAffinity(pod, node) ? undefined : REFUSAL),
  preScore({ pod }) {
    const preferred = affinityOf(pod)?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    return preferred.length > 0 ? { state: preferred } : undefined;
  },
  score: (_, { node }, preferred) =>
    preferred.filter((term) => matchesNodeSelectorTerm(term.preference, node)).reduce((sum, term) => sum + term.weight, 0),
  normalize: (scores) => normalizeByMaximum(scores, false),
});

const affinityOf = (pod: Pod) => pod.spec?.affinity?.nodeAffinity;

/** The nodes that every term names: the pod of a daemon set is for one node, and the others need not be asked. Undefined when some term names none. */
function namedNodes(terms: readonly NodeSelectorTerm[]): ReadonlySet<string> | undefined {
  const names = new Set<string>();
  for (const { matchFields = [] } of terms) {
    const [first, ...others] = matchFields.filter((r) => r.key === "metadata.name" && r.operator === "In").map((r) => r.values ?? []);
    if (!first) return undefined;
    for (const name of first) if (others.every((list) => list.includes(name))) names.add(name);
  }
  return names;
}
