import type { PersistentVolumeSpec } from "../../../generated/types.ts";
import { type InertField, NO_EFFECT } from "../../inert-field.ts";
import { defaultDisks } from "../pod/volume-other.ts";

/** The members of a volume's spec that say where its bytes are, in the order in which upstream looks at them. */
const SOURCES = [
  "hostPath",
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "glusterfs",
  "flocker",
  "nfs",
  "rbd",
  "quobyte",
  "cephfs",
  "iscsi",
  "cinder",
  "fc",
  "flexVolume",
  "azureFile",
  "vsphereVolume",
  "photonPersistentDisk",
  "portworxVolume",
  "azureDisk",
  "scaleIO",
  "local",
  "storageos",
  "csi",
] as const satisfies readonly (keyof PersistentVolumeSpec)[];

export type SourceName = (typeof SOURCES)[number];

/** The sources that a volume names: one, when it is valid. */
export function sourceNames(spec: PersistentVolumeSpec): SourceName[] {
  return SOURCES.filter((name) => spec[name] !== undefined);
}

const MOUNTED: readonly string[] = ["hostPath", "local", "nfs"];

/** What a volume may say in vain. */
export const VOLUME_INERT_FIELDS: readonly InertField[] = [
  ...SOURCES.filter((name) => !MOUNTED.includes(name)).map((name) => ({
    path: `spec.${name}`,
    note: "volumes of this type cannot be mounted in this version; pods that use it will not start",
  })),
  { path: "spec.local.fsType", note: "accepted, but only directories are mounted in this version" },
  { path: "spec.volumeAttributesClassName", note: NO_EFFECT },
];

/** The part of a spec that says where the bytes are. */
export function volumeSource(spec: PersistentVolumeSpec): Partial<PersistentVolumeSpec> {
  return Object.fromEntries(sourceNames(spec).map((name) => [name, spec[name]]));
}

/** Source: v1 defaults of the persistent volume sources. */
export function defaultVolumeSource(spec: PersistentVolumeSpec): void {
  if (spec.hostPath) spec.hostPath.type ??= "";
  defaultDisks(spec);
}
