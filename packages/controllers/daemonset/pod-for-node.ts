import { type DaemonSet, isPodTerminal, type NodeSelectorTerm, type Pod, type PodSpec } from "@wherry/api";
import type { NewObject } from "@wherry/machinery";
import { podFromTemplate } from "../pods/from-template.ts";
import { REVISION_LABEL } from "../revisions/revision.ts";
import { daemonTolerations } from "./node-fit.ts";

/** The label with the count of the template's changes, which old clients read. */
export const TEMPLATE_GENERATION_LABEL = "pod-template-generation";
/** The annotation that keeps that count. Source: `apps/v1` DeprecatedTemplateGeneration. */
const TEMPLATE_GENERATION = "deprecated.daemonset.template.generation";

/** The next pod for this node; the scheduler binds it there and nowhere else. Source: daemon/util CreatePodTemplate. */
export function podForNode(ds: DaemonSet, node: string, hash: string): NewObject<Pod> {
  const pod = podFromTemplate(ds, ds.spec.template);
  const generation = ds.metadata.annotations?.[TEMPLATE_GENERATION];
  const labels = { ...pod.metadata.labels, [REVISION_LABEL]: hash, ...(generation && { [TEMPLATE_GENERATION_LABEL]: generation }) };
  return {
    ...pod,
    metadata: { ...pod.metadata, labels },
    spec: { ...pod.spec, tolerations: daemonTolerations(pod.spec), affinity: onNode(pod.spec, node) },
  };
}

/** The node that a daemon pod is for, bound or not. Source: daemon/util GetTargetNodeName. */
export function targetNode({ spec }: Pod): string | undefined {
  if (spec.nodeName) return spec.nodeName;
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const named = terms.flatMap(({ matchFields = [] }) => matchFields).find((f) => f.key === "metadata.name" && f.operator === "In");
  return named?.values?.[0];
}

/**
 * The pods by the node that they are for. One that ended and is being deleted counts as gone, whatever still holds it; one that is for no node is not there.
 * Source: daemon_controller.go getNodesToDaemonPods.
 */
export function podsByTarget(pods: readonly Pod[]): Map<string, Pod[]> {
  const standing = pods.filter((pod) => targetNode(pod) !== undefined && !(isPodTerminal(pod) && pod.metadata.deletionTimestamp));
  return Map.groupBy(standing, (pod) => targetNode(pod) ?? "");
}

/** In place of what else it requires of nodes: that was judged already. Source: daemon/util ReplaceDaemonSetPodNodeNameNodeAffinity. */
function onNode({ affinity }: PodSpec, node: string): PodSpec["affinity"] {
  const nodeSelectorTerms: NodeSelectorTerm[] = [{ matchFields: [{ key: "metadata.name", operator: "In", values: [node] }] }];
  return {
    ...affinity,
    nodeAffinity: { ...affinity?.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
  };
}
