import type { PersistentVolume, PersistentVolumeClaim } from "@wherry/api";
import { isPromisedTo } from "@wherry/api";
import { BIND_COMPLETED, BOUND_BY_CONTROLLER } from "./annotations.ts";

/** The volume as it is when it belongs to the claim. Source: upstream `bindVolumeToClaim`. */
export function boundVolume(volume: PersistentVolume, claim: PersistentVolumeClaim): PersistentVolume {
  const { claimRef } = volume.spec;
  const status = { ...volume.status, phase: "Bound" };
  const { message: _, reason: __, ...healthy } = status;
  if (claimRef?.uid === claim.metadata.uid && isPromisedTo(volume, claim)) return { ...volume, status: healthy };
  const { name, namespace, uid, resourceVersion } = claim.metadata;
  const promise = { kind: "PersistentVolumeClaim", apiVersion: "v1", name, ...(namespace && { namespace }), uid, resourceVersion };
  const metadata = isPromisedTo(volume, claim) ? volume.metadata : annotated(volume.metadata, BOUND_BY_CONTROLLER);
  return { ...volume, metadata, spec: { ...volume.spec, claimRef: promise }, status: healthy };
}

/** The claim as it is when it has the volume. Source: upstream `bindClaimToVolume`, `updateClaimStatus`. */
export function boundClaim(claim: PersistentVolumeClaim, volume: PersistentVolume): PersistentVolumeClaim {
  const named = claim.spec.volumeName === volume.metadata.name;
  const metadata = annotated(named ? claim.metadata : annotated(claim.metadata, BOUND_BY_CONTROLLER), BIND_COMPLETED);
  // Afterwards the two sizes may differ on purpose: a volume that has grown, and a file system that has not yet.
  const isNew = claim.status?.phase !== "Bound";
  const { capacity, accessModes } = volume.spec;
  const status = {
    ...claim.status,
    phase: "Bound",
    ...(accessModes && { accessModes }),
    ...(isNew && capacity?.storage && { capacity: { ...claim.status?.capacity, storage: capacity.storage } }),
  };
  return { ...claim, metadata, spec: { ...claim.spec, volumeName: volume.metadata.name }, status };
}

/** The claim in a phase without a volume. */
export function unboundClaim(claim: PersistentVolumeClaim, phase: "Pending" | "Lost"): PersistentVolumeClaim {
  const { accessModes: _, capacity: __, ...rest } = claim.status ?? {};
  return { ...claim, status: { ...rest, phase } };
}

/** The volume without its claim: what the administrator promised stays promised. Source: upstream `unbindVolume`. */
export function unboundVolume(volume: PersistentVolume): PersistentVolume {
  const { claimRef, ...spec } = volume.spec;
  const { [BOUND_BY_CONTROLLER]: ours, ...annotations } = volume.metadata.annotations ?? {};
  const { uid: _, resourceVersion: __, ...promise } = claimRef ?? {};
  const metadata = { ...volume.metadata, annotations };
  return { ...volume, metadata, spec: ours ? spec : { ...spec, claimRef: promise }, status: { ...volume.status, phase: "Available" } };
}

function annotated<M extends { annotations?: Record<string, string> }>(metadata: M, name: string): M {
  return metadata.annotations?.[name] ? metadata : { ...metadata, annotations: { ...metadata.annotations, [name]: "yes" } };
}
