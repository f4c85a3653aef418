import { type DaemonSet, matchesNodeSelectorTerm, type Node, type PodSpec, type Toleration, toleratesTaint } from "@wherry/api";

/** What daemon pods put up with on any node. Source: daemon/util AddOrUpdateDaemonPodTolerations. */
const TOLERATED: readonly [string, string][] = [
  ["not-ready", "NoExecute"],
  ["unreachable", "NoExecute"],
  ["disk-pressure", "NoSchedule"],
  ["memory-pressure", "NoSchedule"],
  ["pid-pressure", "NoSchedule"],
  ["unschedulable", "NoSchedule"],
];

/** The tolerations of a daemon pod: those of its template, and what every daemon pod tolerates. */
export function daemonTolerations({ tolerations = [], hostNetwork }: PodSpec): Toleration[] {
  const all = hostNetwork ? [...TOLERATED, ["network-unavailable", "NoSchedule"] as const] : TOLERATED;
  const added = all.map(([name, effect]) => ({ key: `node.kubernetes.io/${name}`, operator: "Exists", effect }));
  const same = (a: Toleration, b: Toleration) => a.key === b.key && a.effect === b.effect && (a.value ?? "") === (b.value ?? "");
  return [...tolerations.filter((given) => !added.some((own) => same(given, own))), ...added];
}

/** Whether a daemon pod belongs on a node. */
export interface NodeFit {
  shouldRun: boolean;
  /** One that runs there may stay: a taint that keeps new pods off does not drive it out. */
  mayStay: boolean;
}

/** Source: daemon_controller.go NodeShouldRunDaemonPod. */
export function nodeFit({ spec: { template } }: DaemonSet, node: Node): NodeFit {
  const { spec } = template;
  if ((spec.nodeName && spec.nodeName !== node.metadata.name) || !isChosen(spec, node)) return { shouldRun: false, mayStay: false };
  const tolerations = daemonTolerations(spec);
  const untolerated = (node.spec?.taints ?? []).filter((taint) => !tolerations.some((t) => toleratesTaint(t, taint)));
  const drivesOut = untolerated.some(({ effect }) => effect === "NoExecute");
  return { shouldRun: !drivesOut && !untolerated.some(({ effect }) => effect === "NoSchedule"), mayStay: !drivesOut };
}

function isChosen({ nodeSelector = {}, affinity }: PodSpec, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  if (!Object.entries(nodeSelector).every(([key, value]) => labels[key] === value)) return false;
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return !required || required.nodeSelectorTerms.some((term) => matchesNodeSelectorTerm(term, node));
}
