import { isRestartableInit, type Pod } from "@wherry/api";
import type { ContainerStatus as EngineContainer } from "@wherry/runtime";

/**
 * Which of the running containers of a pod that ends are ended next: first all but the sidecars, then one sidecar after the other, the last one first. Source:
 * kubelet terminationOrdering.
 */
export function nextToEnd(pod: Pod, running: readonly EngineContainer[]): readonly EngineContainer[] {
  const sidecars = (pod.spec?.initContainers ?? []).filter(isRestartableInit).map((c) => c.name);
  const others = running.filter((c) => !sidecars.includes(c.name));
  if (others.length) return others;
  const last = sidecars.findLast((name) => running.some((c) => c.name === name));
  return running.filter((c) => c.name === last);
}
