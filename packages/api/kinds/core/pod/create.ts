import type { Pod, Toleration } from "../../../generated/types.ts";
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
}

/** A pod stays on a node in trouble for five minutes, unless it says otherwise. */
function missingTolerations(given: readonly Toleration[]): Toleration[] {
  const keys = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];
  return keys
    .filter((key) => !given.some((t) => toleratesTaint(t, { key, effect: "NoExecute" })))
    .map((key) => ({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: DEFAULT_TOLERATION_SECONDS }));
}
