import { matchesNodeSelectorTerm, type Node, type Pod } from "@wherry/api";

/** Whether the node has what the pod's `nodeSelector` and required node affinity ask for. Source: component-helpers `GetRequiredNodeAffinity`. */
export function matchesRequiredNodeAffinity(pod: Pod, node: Node): boolean {
  const { nodeSelector, affinity } = pod.spec ?? {};
  const labels = node.metadata.labels ?? {};
  for (const key in nodeSelector) if (labels[key] !== nodeSelector[key]) return false;
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return !required || required.nodeSelectorTerms.some((term) => matchesNodeSelectorTerm(term, node));
}
