import type { PersistentVolume } from "../../../generated/types.ts";
import { STORAGE_CLASS_ANNOTATION } from "../storage-class-name.ts";

/** Source: upstream's `api/persistentvolume` GetWarningsForPersistentVolume. */
export function volumeWarnings({ metadata, spec }: PersistentVolume): string[] {
  const old = metadata.annotations?.[STORAGE_CLASS_ANNOTATION] !== undefined;
  const recycled = spec?.persistentVolumeReclaimPolicy === "Recycle";
  return [
    ...(old ? [`metadata.annotations[${STORAGE_CLASS_ANNOTATION}]: deprecated since v1.8; use "storageClassName" attribute instead`] : []),
    ...(recycled ? [RECYCLE] : []),
    ...(["cephfs", "rbd"] as const)
      .filter((source) => spec?.[source])
      .map((source) => `spec.${source}: deprecated in v1.28, non-functional in v1.31+`),
  ];
}

const RECYCLE =
  "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.";
