import { matchesNodeSelectorTerm, type Node, type Pod } from "@wherry/api";
import type { Refusal } from "./admission.ts";

export function nodeSelectorMismatch(pod: Pod, node: Node): Refusal | undefined {
  const labels = node.metadata.labels ?? {};
  const selected = Object.entries(pod.spec?.nodeSelector ?? {}).every(([key, value]) => labels[key] === value);
  const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (selected && (!required || required.nodeSelectorTerms.some((term) => matchesNodeSelectorTerm(term, node)))) return undefined;
  return { reason: "NodeAffinity", message: "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector" };
}
