import { claimsOfPod, type PersistentVolume, type PersistentVolumeClaim, type Pod, storageClassOf } from "@wherry/api";
import { keyOf } from "@wherry/machinery";

const BY_CLAIM = "claim";
const FREE_BY_CLASS = "free-of-class";

/** Volumes by the claim that they are promised to, and those that are promised to nobody by their class. */
export const volumeIndexes = {
  [BY_CLAIM]: ({ spec: { claimRef } }: PersistentVolume): readonly string[] => (claimRef ? [`${claimRef.namespace}/${claimRef.name}`] : []),
  [FREE_BY_CLASS]: (volume: PersistentVolume): readonly string[] => (volume.spec.claimRef ? [] : [storageClassOf(volume) ?? ""]),
};

const PENDING_BY_CLASS = "pending-of-class";
const BY_VOLUME = "volume";
/** Stands for the class of claims that do not name one yet: no class has such a name. */
export const UNCLASSED = "*";

/** Claims that have no volume by their class, `UNCLASSED` where it is not set; the others by the volume that they name. */
export const claimIndexes = {
  [PENDING_BY_CLASS]: (claim: PersistentVolumeClaim): readonly string[] =>
    claim.status?.phase === "Pending" && !claim.spec.volumeName ? [storageClassOf(claim) ?? UNCLASSED] : [],
  [BY_VOLUME]: ({ spec: { volumeName } }: PersistentVolumeClaim): readonly string[] => (volumeName ? [volumeName] : []),
};

const BY_CLAIM_OF_POD = "pod-of-claim";

/** Pods by the claims that they mention. */
export const podIndexes = { [BY_CLAIM_OF_POD]: (pod: Pod): readonly string[] => claimsOfPod(pod) };

interface Lister<O> {
  byIndex(index: string, value: string): readonly O[];
}

export const volumesOfClaim = (volumes: Lister<PersistentVolume>, claim: string): readonly PersistentVolume[] =>
  volumes.byIndex(BY_CLAIM, claim);

export const freeVolumes = (volumes: Lister<PersistentVolume>, className: string): readonly PersistentVolume[] =>
  volumes.byIndex(FREE_BY_CLASS, className);

/** Keys of claims of this class that have no volume. */
export const pendingClaims = (claims: Lister<PersistentVolumeClaim>, className: string): string[] =>
  claims.byIndex(PENDING_BY_CLASS, className).map(keyOf);

/** Keys of the claims that name this volume. */
export const claimsNaming = (claims: Lister<PersistentVolumeClaim>, volume: string): string[] =>
  claims.byIndex(BY_VOLUME, volume).map(keyOf);

/** Pods, ended ones among them, that mention the claim. */
export const podsOfClaim = (pods: Lister<Pod>, claim: string): readonly Pod[] => pods.byIndex(BY_CLAIM_OF_POD, claim);
