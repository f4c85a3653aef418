import { claimNameOf, type PersistentVolumeClaim, type Pod, type StorageClass, storageClassOf } from "@wherry/api";
import type { Lister } from "@wherry/client";

/** Marks that a claim and its volume are bound to each other. */
const BIND_COMPLETED = "pv.kubernetes.io/bind-completed";
/** On a claim that waits for its first pod: the node that was chosen for both. */
export const SELECTED_NODE = "volume.kubernetes.io/selected-node";

/** The claims of a pod, by what is to be done about them. */
export interface PodClaims {
  /** Those that have their volume. */
  bound: readonly PersistentVolumeClaim[];
  /** Those that get one where the pod goes. */
  delayed: readonly { claim: PersistentVolumeClaim; storageClass: StorageClass }[];
}

export function isBound({ metadata, spec }: PersistentVolumeClaim): boolean {
  return Boolean(spec.volumeName && metadata.annotations?.[BIND_COMPLETED]);
}

/** The claims of a pod; or why it must wait for one of them, in upstream's words. */
export function claimsOf(pod: Pod, claims: Lister<PersistentVolumeClaim>, classes: Lister<StorageClass>): PodClaims | { reason: string } {
  const found: { bound: PersistentVolumeClaim[]; delayed: { claim: PersistentVolumeClaim; storageClass: StorageClass }[] } = {
    bound: [],
    delayed: [],
  };
  for (const volume of pod.spec.volumes ?? []) {
    const name = claimNameOf(pod, volume);
    if (name === undefined) continue;
    const claim = claims.get(name, pod.metadata.namespace);
    const reason = whyNotUsable(pod, name, claim, Boolean(volume.ephemeral));
    if (!claim || reason) return { reason: reason ?? "" };
    const storageClass = classes.get(storageClassOf(claim) ?? "");
    if (isBound(claim)) found.bound.push(claim);
    else if (storageClass?.volumeBindingMode === "WaitForFirstConsumer" && !claim.spec.volumeName)
      found.delayed.push({ claim, storageClass });
    else return { reason: "pod has unbound immediate PersistentVolumeClaims" };
  }
  return found;
}

function whyNotUsable(pod: Pod, name: string, claim: PersistentVolumeClaim | undefined, ephemeral: boolean): string | undefined {
  if (!claim && ephemeral) return `waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"`;
  if (!claim) return `persistentvolumeclaim "${name}" not found`;
  if (claim.status?.phase === "Lost")
    return `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec.volumeName ?? ""}"`;
  if (claim.metadata.deletionTimestamp) return `persistentvolumeclaim "${name}" is being deleted`;
  const owned = claim.metadata.ownerReferences?.some((owner) => owner.controller && owner.uid === pod.metadata.uid);
  return ephemeral && !owned
    ? `PVC ${pod.metadata.namespace}/${name} was not created for pod ${pod.metadata.namespace}/${pod.metadata.name} (pod is not owner)`
    : undefined;
}
