import type { FieldError } from "@wherry/machinery";
import type { Volume } from "../../../generated/types.ts";
import { present } from "../../rules.ts";

/** Volumes that no agent mounts yet: their types are complete, and what must be there is checked. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  awsElasticBlockStore: ["volumeID"],
  azureDisk: ["diskName", "diskURI"],
  azureFile: ["secretName", "shareName"],
  cephfs: ["monitors"],
  cinder: ["volumeID"],
  csi: ["driver"],
  ephemeral: ["volumeClaimTemplate"],
  flexVolume: ["driver"],
  gcePersistentDisk: ["pdName"],
  gitRepo: ["repository"],
  glusterfs: ["endpoints", "path"],
  iscsi: ["targetPortal", "iqn"],
  nfs: ["server", "path"],
  persistentVolumeClaim: ["claimName"],
  photonPersistentDisk: ["pdID"],
  portworxVolume: ["volumeID"],
  quobyte: ["registry", "volume"],
  rbd: ["monitors", "image"],
  scaleIO: ["gateway", "system", "volumeName"],
  vsphereVolume: ["volumePath"],
};

export function validateOtherVolume(v: Volume, source: Exclude<keyof Volume, "name">, path: string): FieldError[] {
  const fields = new Map(Object.entries(v[source] ?? {}));
  return (REQUIRED[source] ?? []).flatMap((name) => present(`${path}.${name}`, fields.get(name) ? "given" : undefined));
}

/** Source: v1 defaults of the in-tree volume sources. */
export function defaultOtherVolume(v: Volume): void {
  if (v.iscsi) v.iscsi.iscsiInterface ||= "default";
  if (v.rbd) {
    v.rbd.pool ||= "rbd";
    v.rbd.user ||= "admin";
    v.rbd.keyring ||= "/etc/ceph/keyring";
  }
  if (v.azureDisk) {
    v.azureDisk.cachingMode ??= "ReadWrite";
    v.azureDisk.kind ??= "Shared";
    v.azureDisk.fsType ??= "ext4";
    v.azureDisk.readOnly ??= false;
  }
  if (v.scaleIO) {
    v.scaleIO.storageMode ||= "ThinProvisioned";
    v.scaleIO.fsType ||= "xfs";
  }
  if (v.ephemeral?.volumeClaimTemplate?.spec) v.ephemeral.volumeClaimTemplate.spec.volumeMode ??= "Filesystem";
}
