import type { Pod, PodStatus, Toleration } from "../../../generated/types.ts";
import { gateDependent } from "./depends-on.ts";
import { toleratesTaint } from "./toleration.ts";

const DEFAULT_TOLERATION_SECONDS = 300;

/**
 * What a new pod gets from the server itself, beyond defaults of single fields. Source: the admission plugins ServiceAccount,
 * DefaultTolerationSeconds and Priority.
 */
export function admitPod(pod: Pod): void {
  const spec = pod.spec;
  spec.serviceAccountName ||= spec.serviceAccount || "default";
  spec.tolerations = [...(spec.tolerations ?? []), ...missingTolerations(spec.tolerations ?? [])];
  spec.priority ??= 0;
  spec.preemptionPolicy ??= "PreemptLowerPriority";
  gateDependent(pod);
}

/** The status that a pod begins with. Source: registry/core/pod/strategy.go `applySchedulingGatedCondition`. */
export function firstStatus({ spec }: Pod): PodStatus {
  if (!spec.schedulingGates?.length) return { phase: "Pending" };
  const message = "Scheduling is blocked due to non-empty scheduling gates";
  return { phase: "Pending", conditions: [{ type: "PodScheduled", status: "False", reason: "SchedulingGated", message }] };
}

/** A pod stays on a node in trouble for five minutes, unless it says otherwise. */
function missingTolerations(given: readonly Toleration[]): Toleration[] {
  const keys = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];
  return keys
    .filter((key) => !given.some((t) => toleratesTaint(t, { key, effect: "NoExecute" })))
    .map((key) => ({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: DEFAULT_TOLERATION_SECONDS }));
}
