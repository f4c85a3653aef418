import type { PodInfo } from "./pod-info.ts";

const known = new WeakMap<PodInfo, string>();

/** The same for pods of which every node says the same: what one is refused, the others are refused too. */
export function signatureOf(info: PodInfo): string {
  let signature = known.get(info);
  if (signature === undefined) {
    signature = compute(info);
    known.set(info, signature);
  }
  return signature;
}

function compute({ pod, priority, requests, hostPorts }: PodInfo): string {
  const { namespace, labels, name } = pod.metadata;
  const {
    nodeName,
    nodeSelector,
    affinity,
    tolerations,
    topologySpreadConstraints,
    preemptionPolicy,
    schedulerName,
    volumes = [],
  } = pod.spec;
  // The claim of an ephemeral volume carries the pod's name.
  const owner = volumes.some((volume) => volume.ephemeral) ? name : "";
  const sources = volumes.filter(({ configMap, secret, emptyDir, hostPath, projected, downwardAPI }) =>
    [configMap, secret, emptyDir, hostPath, projected, downwardAPI].every((source) => !source),
  );
  const where = [nodeName, nodeSelector, affinity, tolerations, topologySpreadConstraints, sources, owner];
  return JSON.stringify([namespace, labels, priority, preemptionPolicy, schedulerName, requests, hostPorts, where]);
}
