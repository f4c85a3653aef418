import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from "@wherry/api";
import { meta } from "../fixtures.ts";

type Meta = Parameters<typeof meta>[1];

/** A claim of 1Gi, pending, without a class. */
export function claim(
  name: string,
  spec: Partial<PersistentVolumeClaim["spec"]> = {},
  metadata: Meta = {},
  status: PersistentVolumeClaim["status"] = { phase: "Pending" },
): PersistentVolumeClaim {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: meta(name, { uid: `uid-${name}`, ...metadata }),
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1Gi" } },
      storageClassName: "",
      volumeMode: "Filesystem",
      ...spec,
    },
    status,
  };
}

/** An available volume of this size, without a class. */
export function volume(
  name: string,
  size: string,
  spec: Partial<PersistentVolume["spec"]> = {},
  metadata: Meta = {},
  phase = "Available",
): PersistentVolume {
  const { namespace: _, ...own } = meta(name, { uid: `uid-${name}`, ...metadata });
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: own,
    spec: {
      accessModes: ["ReadWriteOnce"],
      capacity: { storage: size },
      hostPath: { path: `/mnt/${name}` },
      persistentVolumeReclaimPolicy: "Retain",
      volumeMode: "Filesystem",
      ...spec,
    },
    status: { phase },
  };
}

export function storageClass(name: string, more: Partial<StorageClass> = {}): StorageClass {
  const { namespace: _, ...own } = meta(name);
  return {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: own,
    provisioner: "example.com/disks",
    reclaimPolicy: "Delete",
    volumeBindingMode: "Immediate",
    ...more,
  };
}

/** What a volume that is promised to the claim says about it. */
export function promise({ metadata }: PersistentVolumeClaim) {
  return { apiVersion: "v1", kind: "PersistentVolumeClaim", name: metadata.name, namespace: "default", uid: metadata.uid };
}
