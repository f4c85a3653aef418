import type { Pod, TopologySpreadConstraint } from "@wherry/api";
import type { LabelSelector } from "@wherry/machinery";
import { withOwnLabels } from "../../framework/pod-terms.ts";

/** One constraint of a pod, with all that its counts depend on. */
export interface Constraint {
  readonly topologyKey: string;
  readonly maxSkew: number;
  readonly minDomains: number;
  readonly namespace: string;
  readonly selector: LabelSelector;
  /** Only nodes with all of these labels count: those of the pod's other constraints of the same sort, too. */
  readonly keys: readonly string[];
  /** The pod whose node affinity decides which nodes count; absent when it does not. */
  readonly affinityOf?: Pod;
  /** The pod whose tolerations decide which nodes count; absent when they do not. */
  readonly tolerationsOf?: Pod;
  /** The same for constraints with the same counts. */
  readonly signature: string;
}

/** What applies to pods of a Service or a controller that say nothing themselves. Source: `systemDefaultConstraints`. */
const SYSTEM_DEFAULTS: readonly TopologySpreadConstraint[] = [
  { topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "ScheduleAnyway", maxSkew: 3 },
  { topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "ScheduleAnyway", maxSkew: 5 },
];

type Action = "DoNotSchedule" | "ScheduleAnyway";

/** The pod's own constraints of one sort. */
export function ownConstraints(pod: Pod, action: Action): Constraint[] {
  const wanted = (pod.spec?.topologySpreadConstraints ?? []).filter((c) => c.whenUnsatisfiable === action);
  const keys = wanted.map((c) => c.topologyKey);
  return wanted.map((c) => constraint(pod, c, keys, withOwnLabels(c.labelSelector, pod, c.matchLabelKeys)));
}

/** The system's constraints, for the pods of this selector. Source: `buildDefaultConstraints`. */
export function defaultConstraints(pod: Pod, selector: LabelSelector): Constraint[] {
  return selector.empty ? [] : SYSTEM_DEFAULTS.map((c) => constraint(pod, c, [], selector));
}

function constraint(pod: Pod, c: TopologySpreadConstraint, keys: readonly string[], selector: LabelSelector): Constraint {
  const { topologyKey, maxSkew, minDomains = 1, nodeAffinityPolicy = "Honor", nodeTaintsPolicy = "Ignore" } = c;
  const namespace = pod.metadata.namespace ?? "";
  const { nodeSelector, affinity, tolerations } = pod.spec ?? {};
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const byAffinity = nodeAffinityPolicy === "Honor" && Boolean(nodeSelector || required);
  const byTaints = nodeTaintsPolicy === "Honor";
  const selects = c.labelSelector || keys.length === 0 ? selector.toString() : null;
  const nodes = [byAffinity && [nodeSelector, required], byTaints && (tolerations ?? [])];
  return {
    ...{ topologyKey, maxSkew, minDomains, namespace, selector, keys },
    ...(byAffinity && { affinityOf: pod }),
    ...(byTaints && { tolerationsOf: pod }),
    signature: JSON.stringify([topologyKey, namespace, selects, keys, nodes]),
  };
}
