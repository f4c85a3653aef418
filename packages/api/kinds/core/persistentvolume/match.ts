import { labelSelectorFrom, Quantity } from "@wherry/machinery";
import type { PersistentVolume, PersistentVolumeClaim } from "../../../generated/types.ts";
import { storageClassOf } from "../storage-class-name.ts";

/** Whether the volume is promised to this very claim, whether by uid or, before the claim was there, by name. */
export function isPromisedTo({ spec: { claimRef } }: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean {
  if (claimRef?.name !== metadata.name || claimRef.namespace !== metadata.namespace) return false;
  return !claimRef.uid || claimRef.uid === metadata.uid;
}

/**
 * The volume for a claim that names none: one that is promised to it, else the smallest that is large enough, of the claim's class, modes and
 * selector. With `delayed` only a promised one: the scheduler chooses among the others. Source: component-helpers `FindMatchingVolume`.
 */
export function bestVolume(
  claim: PersistentVolumeClaim,
  volumes: readonly PersistentVolume[],
  delayed: boolean,
): PersistentVolume | undefined {
  const fitting = volumes.filter(
    (volume) =>
      !volume.metadata.deletionTimestamp &&
      hasModes(volume, claim) &&
      sameVolumeMode(volume, claim) &&
      sizeOf(volume).compare(requested(claim)) >= 0,
  );
  const promised = fitting.find((volume) => isPromisedTo(volume, claim));
  if (promised || delayed) return promised;
  const selector = claim.spec.selector && labelSelectorFrom(claim.spec.selector);
  const wantedClass = storageClassOf(claim) ?? "";
  return fitting
    .filter((volume) => !volume.spec.claimRef && volume.status?.phase === "Available")
    .filter((volume) => (storageClassOf(volume) ?? "") === wantedClass && (!selector || selector.matches(volume.metadata.labels)))
    .toSorted((a, b) => sizeOf(a).compare(sizeOf(b)) || a.metadata.name.localeCompare(b.metadata.name))[0];
}

/** Why a claim may not have the volume that it names; undefined when it may. Source: upstream `checkVolumeSatisfyClaim`. */
export function whyUnfit(volume: PersistentVolume, claim: PersistentVolumeClaim): string | undefined {
  if (sizeOf(volume).compare(requested(claim)) < 0) return "requested PV is too small";
  if ((storageClassOf(volume) ?? "") !== (storageClassOf(claim) ?? "")) return "storageClassName does not match";
  if (!sameVolumeMode(volume, claim)) return "incompatible volumeMode";
  return hasModes(volume, claim) ? undefined : "incompatible accessMode";
}

export function sameVolumeMode({ spec: volume }: PersistentVolume, { spec: claim }: PersistentVolumeClaim): boolean {
  return (volume.volumeMode ?? "Filesystem") === (claim.volumeMode ?? "Filesystem");
}

function hasModes({ spec: volume }: PersistentVolume, { spec: claim }: PersistentVolumeClaim): boolean {
  return (claim.accessModes ?? []).every((mode) => volume.accessModes?.includes(mode));
}

const sizeOf = ({ spec }: PersistentVolume): Quantity => Quantity.parse(spec.capacity?.storage ?? "0");

const requested = ({ spec }: PersistentVolumeClaim): Quantity => Quantity.parse(spec.resources?.requests?.storage ?? "0");
