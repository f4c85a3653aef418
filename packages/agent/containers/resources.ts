import { type Container, isRestartableInit, type Pod, podQOSClass } from "@wherry/api";
import { Quantity } from "@wherry/machinery";
import type { ContainerResources } from "@wherry/runtime";

const SHARES_PER_CPU = 1024;
const MIN_SHARES = 2;
const MAX_SHARES = 262_144;
const PERIOD_US = 100_000;
const MIN_QUOTA_US = 1_000;
const CRITICAL_PRIORITY = 2_000_000_000;

/** cgroup settings of a container. Source: kubelet generateLinuxContainerResources, pkg/kubelet/qos. */
export function containerResources(pod: Pod, container: Container, nodeMemoryBytes: number): ContainerResources {
  const { requests, limits } = container.resources ?? {};
  const cpuRequest = quantity(requests?.cpu ?? limits?.cpu);
  const cpuLimit = quantity(limits?.cpu);
  const memoryLimit = quantity(limits?.memory);
  return {
    cpuShares: sharesOf(cpuRequest?.milliValue() ?? 0),
    ...(cpuLimit &&
      !cpuLimit.isZero() && { cpuPeriod: PERIOD_US, cpuQuota: Math.max(MIN_QUOTA_US, (cpuLimit.milliValue() * PERIOD_US) / 1000) }),
    ...(memoryLimit && !memoryLimit.isZero() && { memoryBytes: memoryLimit.value() }),
    oomScoreAdj: oomScore(pod, container, nodeMemoryBytes),
  };
}

const quantity = (text: string | undefined): Quantity | undefined => (text === undefined ? undefined : Quantity.parse(String(text)));

const sharesOf = (milli: number): number =>
  milli === 0 ? MIN_SHARES : Math.min(MAX_SHARES, Math.max(MIN_SHARES, Math.floor((milli * SHARES_PER_CPU) / 1000)));

function oomScore(pod: Pod, container: Container, nodeMemoryBytes: number): number {
  if ((pod.spec?.priority ?? 0) >= CRITICAL_PRIORITY) return -997;
  const qos = pod.status?.qosClass ?? podQOSClass(pod);
  if (qos === "Guaranteed") return -997;
  if (qos === "BestEffort") return 1000;
  const own = burstableScore(container, nodeMemoryBytes);
  if (!pod.spec?.initContainers?.includes(container) || !isRestartableInit(container)) return own;
  // A sidecar must not go before the containers it serves.
  return Math.min(own, ...pod.spec.containers.map((c) => burstableScore(c, nodeMemoryBytes)));
}

function burstableScore(container: Container, nodeMemoryBytes: number): number {
  const request = quantity(container.resources?.requests?.memory ?? container.resources?.limits?.memory)?.value() ?? 0;
  const score = 1000 - Math.floor((1000 * request) / nodeMemoryBytes);
  return Math.min(999, Math.max(3, score));
}
