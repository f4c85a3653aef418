import {
  claimNameOf,
  matchesNodeSelectorTerm,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type Pod,
  type Volume,
} from "@wherry/api";
import { type VolumeContext, VolumeError, type VolumePlugin } from "../volume.ts";
import { mountPersistentVolume } from "./persistent-volume.ts";

/** The volume that a claim has, be it the pod's own (`ephemeral`) or one that is there without it. */
export const persistentVolumeClaim: VolumePlugin = {
  handles: (volume) => volume.persistentVolumeClaim !== undefined || volume.ephemeral !== undefined,
  async setUp(volume, context) {
    const found = boundVolume(volume, context);
    const { name } = found.metadata;
    if (!isReachable(found, context))
      throw new VolumeError(`MountVolume.NodeAffinity check failed for volume "${name}" : no matching NodeSelectorTerms`);
    try {
      if (isExclusive(found) && !context.takeClaim(`${context.pod.metadata.namespace}/${claimNameOf(context.pod, volume)}`))
        throw new Error("volume uses the ReadWriteOncePod access mode and is already in use by another pod");
      const { path, readOnly } = await mountPersistentVolume(found, context);
      return { path, readOnly: readOnly || (volume.persistentVolumeClaim?.readOnly ?? false) };
    } catch (error) {
      throw new VolumeError(`MountVolume.SetUp failed for volume "${name}" : ${(error as Error).message}`, { cause: error });
    }
  },
};

/** Source: kubelet `desired_state_of_world_populator`. */
function boundVolume(volume: Volume, context: VolumeContext): PersistentVolume {
  const { pod } = context;
  const claimName = claimNameOf(pod, volume) ?? "";
  try {
    const claim = usableClaim(context.claim(claimName), claimName, volume, pod);
    const found = context.volumeOfClaim(claimName);
    if (!found)
      throw new Error(
        `failed to fetch PV ${claim.spec.volumeName} from API server: persistentvolumes "${claim.spec.volumeName}" not found`,
      );
    checkReference(found, claim);
    if (found.spec.volumeMode === "Block") throw new Error(`volume ${volume.name} has volumeMode Block, which this node does not provide`);
    return found;
  } catch (error) {
    const what = `unmounted volumes=[${volume.name}], unattached volumes=[], failed to process volumes=[${volume.name}]`;
    const why = `error processing PVC ${pod.metadata.namespace}/${claimName}: ${(error as Error).message}`;
    throw new VolumeError(`Unable to attach or mount volumes: ${what}: ${why}`, { cause: error });
  }
}

function usableClaim(claim: PersistentVolumeClaim | undefined, name: string, volume: Volume, pod: Pod): PersistentVolumeClaim {
  if (!claim) throw new Error(`failed to fetch PVC from API server: persistentvolumeclaims "${name}" not found`);
  const owner = claim.metadata.ownerReferences?.find((reference) => reference.controller);
  if (volume.ephemeral && owner?.uid !== pod.metadata.uid)
    throw new Error(
      `PVC ${claim.metadata.namespace}/${name} was not created for pod ${pod.metadata.namespace}/${pod.metadata.name} (pod is not owner)`,
    );
  // A pod that this node has taken before goes on with it.
  if (claim.metadata.deletionTimestamp && pod.status?.phase !== "Running") throw new Error("PVC is being deleted");
  if (claim.status?.phase !== "Bound" || !claim.spec.volumeName) throw new Error("PVC is not bound");
  return claim;
}

function checkReference({ metadata: { name }, spec: { claimRef } }: PersistentVolume, claim: PersistentVolumeClaim): void {
  if (!claimRef) throw new Error(`found PV object ${name} but it has a nil pv.Spec.ClaimRef indicating it is not yet bound to the claim`);
  if (claimRef.uid !== claim.metadata.uid)
    throw new Error(
      `found PV object ${name} but its pv.Spec.ClaimRef.UID ${claimRef.uid} does not point to claim.UID ${claim.metadata.uid}`,
    );
}

const isExclusive = ({ spec }: PersistentVolume): boolean => spec.accessModes?.includes("ReadWriteOncePod") ?? false;

function isReachable({ spec: { nodeAffinity } }: PersistentVolume, { node }: VolumeContext): boolean {
  const terms = nodeAffinity?.required?.nodeSelectorTerms;
  return !terms || terms.some((term) => matchesNodeSelectorTerm(term, node));
}
