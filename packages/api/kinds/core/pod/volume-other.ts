import type { FieldError } from "@wherry/machinery";
import type { Volume } from "../../../generated/types.ts";
import { present } from "../../rules.ts";
import { defaultClaimSpec } from "../persistentvolumeclaim/spec.ts";

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
  return missingFields(v[source], source, path);
}

/** What a source of this kind lacks. */
export function missingFields(source: object | undefined, kind: string, path: string): FieldError[] {
  const fields = new Map(Object.entries(source ?? {}));
  return (REQUIRED[kind] ?? []).flatMap((name) => present(`${path}.${name}`, fields.get(name) ? "given" : undefined));
}

/** Sources with defaults that pods' volumes and persistent volumes share. */
interface Disks {
  azureDisk?: { cachingMode?: string; kind?: string; fsType?: string; readOnly?: boolean };
  iscsi?: { iscsiInterface?: string };
  rbd?: { pool?: string; user?: string; keyring?: string };
  scaleIO?: { storageMode?: string; fsType?: string };
}

/** Source: v1 defaults of the in-tree volume sources. */
export function defaultDisks({ azureDisk, iscsi, rbd, scaleIO }: Disks): void {
  if (iscsi) iscsi.iscsiInterface ||= "default";
  if (rbd) {
    rbd.pool ||= "rbd";
    rbd.user ||= "admin";
    rbd.keyring ||= "/etc/ceph/keyring";
  }
  if (azureDisk) {
    azureDisk.cachingMode ??= "ReadWrite";
    azureDisk.kind ??= "Shared";
    azureDisk.fsType ??= "ext4";
    azureDisk.readOnly ??= false;
  }
  if (scaleIO) {
    scaleIO.storageMode ||= "ThinProvisioned";
    scaleIO.fsType ||= "xfs";
  }
}

export function defaultOtherVolume(v: Volume): void {
  defaultDisks(v);
  if (v.ephemeral?.volumeClaimTemplate?.spec) defaultClaimSpec(v.ephemeral.volumeClaimTemplate.spec);
}
