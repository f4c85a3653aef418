import { type PersistentVolume, type PersistentVolumeClaim, PROVISIONED_BY_ANNOTATION, sameVolumeMode } from "@wherry/api";
import { unboundVolume } from "./bind.ts";
import { type Plan, warning } from "./plan.ts";

/** The next step of a volume. `claim` is the live claim with the name and uid of its `claimRef`. Source: upstream `syncVolume`. */
export function planVolume(volume: PersistentVolume, claim: PersistentVolumeClaim | undefined): Plan {
  const { claimRef } = volume.spec;
  if (!claimRef?.uid) return { volume: inPhase(volume, "Available") };
  if (!claim) return release(volume);
  if (!claim.spec.volumeName) return sameVolumeMode(volume, claim) ? {} : mismatch(volume, claim);
  if (claim.spec.volumeName === volume.metadata.name) return { volume: inPhase(volume, "Bound") };
  // The claim has another volume. One that was made for it has no use any more.
  const made = volume.metadata.annotations?.[PROVISIONED_BY_ANNOTATION] && volume.spec.persistentVolumeReclaimPolicy === "Delete";
  return made ? release(volume) : { volume: unboundVolume(volume) };
}

function mismatch(volume: PersistentVolume, claim: PersistentVolumeClaim): Plan {
  const { name } = volume.metadata;
  const why = "due to incompatible volumeMode.";
  return {
    events: [
      warning(
        "volume",
        "VolumeMismatch",
        `Cannot bind PersistentVolume to requested PersistentVolumeClaim "${claim.metadata.name}" ${why}`,
      ),
      warning("claim", "VolumeMismatch", `Cannot bind PersistentVolume "${name}" to requested PersistentVolumeClaim ${why}`),
    ],
  };
}

/** Its claim is gone. Source: upstream `reclaimVolume`. */
function release(volume: PersistentVolume): Plan {
  if (volume.status?.phase === "Failed") return {};
  const released = inPhase(volume, "Released");
  switch (volume.spec.persistentVolumeReclaimPolicy) {
    case "Delete":
      return volume.metadata.annotations?.[PROVISIONED_BY_ANNOTATION] ? { volume: released } : failDeletion(volume);
    case "Recycle":
      return failed(
        volume,
        "VolumeFailedRecycle",
        "the deprecated reclaim policy Recycle is not carried out: remove the data yourself and delete the PersistentVolume, or use the policies Delete or Retain",
      );
    default:
      return { volume: released };
  }
}

/** Only what was provisioned is ever deleted: what an administrator made is theirs. */
const failDeletion = (volume: PersistentVolume): Plan =>
  failed(
    volume,
    "VolumeFailedDelete",
    `error getting deleter volume plugin for volume "${volume.metadata.name}": no deletable volume plugin matched`,
  );

function failed(volume: PersistentVolume, reason: string, message: string): Plan {
  return { volume: { ...volume, status: { ...volume.status, phase: "Failed", message } }, events: [warning("volume", reason, message)] };
}

function inPhase(volume: PersistentVolume, phase: string): PersistentVolume {
  return volume.status?.phase === phase ? volume : { ...volume, status: { ...volume.status, phase } };
}
