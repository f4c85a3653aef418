import type { Volume } from "../../../generated/types.ts";
import { type InertField, NO_EFFECT } from "../../inert-field.ts";
import type { VolumeSource } from "./volume.ts";

const NOT_MOUNTED = "volumes of this type cannot be mounted in this version; the pod will not start";
const NOT_PROVIDED = "cannot be provided in this version; the pod will not start";
const NOT_ENFORCED = "accepted, but not enforced in this version";

const UNMOUNTED: Readonly<Record<Exclude<VolumeSource, Mounted>, true>> = {
  awsElasticBlockStore: true,
  azureDisk: true,
  azureFile: true,
  cephfs: true,
  cinder: true,
  csi: true,
  fc: true,
  flexVolume: true,
  flocker: true,
  gcePersistentDisk: true,
  gitRepo: true,
  glusterfs: true,
  iscsi: true,
  photonPersistentDisk: true,
  portworxVolume: true,
  quobyte: true,
  rbd: true,
  scaleIO: true,
  storageos: true,
  vsphereVolume: true,
};
type Mounted = Extract<
  keyof Volume,
  "configMap" | "downwardAPI" | "emptyDir" | "ephemeral" | "hostPath" | "nfs" | "persistentVolumeClaim" | "projected" | "secret"
>;

/** What a pod, or a template of pods, may say in vain. Paths begin in its spec. */
export const POD_INERT_FIELDS: readonly InertField[] = [
  { path: "ephemeralContainers", note: NO_EFFECT },
  { path: "hostUsers", note: NO_EFFECT, asks: (own) => own === false },
  {
    path: "os.name",
    note: "accepted, but every container runs on the engine of its node, which has Linux",
    asks: (name) => name !== "linux",
  },
  { path: "resourceClaims", note: NO_EFFECT },
  { path: "runtimeClassName", note: NO_EFFECT },
  ...ofSecurity("securityContext"),
  ...ofContainers("initContainers[]"),
  ...ofContainers("containers[]"),
  ...Object.keys(UNMOUNTED).map((source) => ({ path: `volumes[].${source}`, note: NOT_MOUNTED })),
  { path: "volumes[].ephemeral.volumeClaimTemplate.spec.volumeAttributesClassName", note: NO_EFFECT },
  { path: "volumes[].projected.sources[].clusterTrustBundle", note: NOT_PROVIDED },
];

function ofSecurity(path: string): InertField[] {
  return ["seLinuxOptions", "windowsOptions"].map((name) => ({ path: `${path}.${name}`, note: NO_EFFECT }));
}

function ofContainers(path: string): InertField[] {
  return [
    ...ofSecurity(`${path}.securityContext`),
    { path: `${path}.resizePolicy`, note: NO_EFFECT },
    { path: `${path}.resources.claims`, note: NO_EFFECT },
    { path: `${path}.resources.limits[ephemeral-storage]`, note: NOT_ENFORCED },
    { path: `${path}.volumeDevices`, note: NO_EFFECT },
    { path: `${path}.volumeMounts[].recursiveReadOnly`, note: NO_EFFECT, asks: (mode) => mode !== "Disabled" },
  ];
}
