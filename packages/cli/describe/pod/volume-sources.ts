import { Quantity } from "@wherry/machinery";

/** A volume's source as the API has it; the fields depend on its type. */
export type Source = Readonly<Record<string, unknown>>;

/** What follows `Type:`, and the rows below it. */
export interface SourceWords {
  type: string;
  rows: readonly Row[];
}

type Row = readonly [title: string, value: (source: Source) => string];

const text = (name: string) => (s: Source) => String(s[name] ?? "");
const number = (name: string) => (s: Source) => String(s[name] ?? 0);
const flag = (name: string) => (s: Source) => String(s[name] ?? false);
const orNone = (name: string) => (s: Source) => String(s[name] ?? "<none>");
/** As Go prints a list, and a map. */
const list = (name: string) => (s: Source) => `[${((s[name] as unknown[] | undefined) ?? []).join(" ")}]`;
const map = (name: string) => (s: Source) =>
  `map[${Object.entries((s[name] as object | undefined) ?? {})
    .map(([k, v]) => `${k}:${v}`)
    .sort()
    .join(" ")}]`;
/** As Go prints a reference to a secret: in the pod's namespace, or in any. */
const localReference = ({ secretRef }: Source) => (secretRef ? `&LocalObjectReference{Name:${(secretRef as Source).name ?? ""},}` : "nil");
const anyReference = ({ secretRef }: Source) => {
  const { name = "", namespace = "" } = (secretRef ?? {}) as Source;
  return secretRef ? `&SecretReference{Name:${name},Namespace:${namespace},}` : "nil";
};
const secretPart = (name: string) => (s: Source) => String((s.secretRef as Source | undefined)?.[name] ?? "");
const sizeLimit = ({ sizeLimit: limit }: Source) => {
  const quantity = limit === undefined ? Quantity.zero : Quantity.parse(limit as string);
  return quantity.sign() > 0 ? quantity.toString() : "<unset>";
};

/** A field that is titled with its own name. */
const titled = (name: string): Row => [name.charAt(0).toUpperCase() + name.slice(1), text(name)];
const READ_ONLY = ["ReadOnly", flag("readOnly")] as const;
const FS_TYPE = ["FSType", text("fsType")] as const;
const SCALE_IO = [
  titled("gateway"),
  titled("system"),
  ["Protection Domain", text("protectionDomain")],
  ["Storage Pool", text("storagePool")],
  ["Storage Mode", text("storageMode")],
  titled("volumeName"),
] as const;

/** By the name of the field in a volume or a persistent volume. Source: kubectl pkg/describe/describe.go. */
export const SOURCE_WORDS: Readonly<Record<string, SourceWords>> = {
  hostPath: {
    type: "HostPath (bare host directory volume)",
    rows: [titled("path"), ["HostPathType", orNone("type")]],
  },
  emptyDir: {
    type: "EmptyDir (a temporary directory that shares a pod's lifetime)",
    rows: [titled("medium"), ["SizeLimit", sizeLimit]],
  },
  gcePersistentDisk: {
    type: "GCEPersistentDisk (a Persistent Disk resource in Google Compute Engine)",
    rows: [["PDName", text("pdName")], FS_TYPE, ["Partition", number("partition")], READ_ONLY],
  },
  awsElasticBlockStore: {
    type: "AWSElasticBlockStore (a Persistent Disk resource in AWS)",
    rows: [titled("volumeID"), FS_TYPE, ["Partition", number("partition")], READ_ONLY],
  },
  gitRepo: {
    type: "GitRepo (a volume that is pulled from git when the pod is created)",
    rows: [titled("repository"), titled("revision")],
  },
  secret: {
    type: "Secret (a volume populated by a Secret)",
    rows: [titled("secretName"), ["Optional", flag("optional")]],
  },
  configMap: {
    type: "ConfigMap (a volume populated by a ConfigMap)",
    rows: [titled("name"), ["Optional", flag("optional")]],
  },
  nfs: {
    type: "NFS (an NFS mount that lasts the lifetime of a pod)",
    rows: [titled("server"), titled("path"), READ_ONLY],
  },
  iscsi: {
    type: "ISCSI (an ISCSI Disk resource that is attached to a kubelet's host machine and then exposed to the pod)",
    rows: [
      titled("targetPortal"),
      ["IQN", text("iqn")],
      ["Lun", number("lun")],
      ["ISCSIInterface", text("iscsiInterface")],
      FS_TYPE,
      READ_ONLY,
      ["Portals", list("portals")],
      ["DiscoveryCHAPAuth", flag("chapAuthDiscovery")],
      ["SessionCHAPAuth", flag("chapAuthSession")],
      ["SecretRef", localReference],
      ["InitiatorName", orNone("initiatorName")],
    ],
  },
  glusterfs: {
    type: "Glusterfs (a Glusterfs mount on the host that shares a pod's lifetime)",
    rows: [["EndpointsName", text("endpoints")], titled("path"), READ_ONLY],
  },
  persistentVolumeClaim: {
    type: "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
    rows: [titled("claimName"), READ_ONLY],
  },
  rbd: {
    type: "RBD (a Rados Block Device mount on the host that shares a pod's lifetime)",
    rows: [
      ["CephMonitors", list("monitors")],
      ["RBDImage", text("image")],
      FS_TYPE,
      ["RBDPool", text("pool")],
      ["RadosUser", text("user")],
      titled("keyring"),
      ["SecretRef", localReference],
      READ_ONLY,
    ],
  },
  quobyte: {
    type: "Quobyte (a Quobyte mount on the host that shares a pod's lifetime)",
    rows: [titled("registry"), titled("volume"), READ_ONLY],
  },
  azureDisk: {
    type: "AzureDisk (an Azure Data Disk mount on the host and bind mount to the pod)",
    rows: [titled("diskName"), titled("diskURI"), titled("kind"), FS_TYPE, titled("cachingMode"), READ_ONLY],
  },
  vsphereVolume: {
    type: "vSphereVolume (a Persistent Disk resource in vSphere)",
    rows: [titled("volumePath"), FS_TYPE, titled("storagePolicyName")],
  },
  cinder: {
    type: "Cinder (a Persistent Disk resource in OpenStack)",
    rows: [titled("volumeID"), FS_TYPE, READ_ONLY, ["SecretRef", localReference]],
  },
  photonPersistentDisk: {
    type: "PhotonPersistentDisk (a Persistent Disk resource in photon platform)",
    rows: [titled("pdID"), FS_TYPE],
  },
  portworxVolume: { type: "PortworxVolume (a Portworx Volume resource)", rows: [titled("volumeID")] },
  scaleIO: {
    type: "ScaleIO (a persistent volume backed by a block device in ScaleIO)",
    rows: [...SCALE_IO, FS_TYPE, READ_ONLY],
  },
  cephfs: {
    type: "CephFS (a CephFS mount on the host that shares a pod's lifetime)",
    rows: [["Monitors", list("monitors")], titled("path"), titled("user"), titled("secretFile"), ["SecretRef", localReference], READ_ONLY],
  },
  storageos: {
    type: "StorageOS (a StorageOS Persistent Disk resource)",
    rows: [titled("volumeName"), titled("volumeNamespace"), FS_TYPE, READ_ONLY],
  },
  fc: {
    type: "FC (a Fibre Channel disk)",
    rows: [["TargetWWNs", (s) => ((s.targetWWNs as string[] | undefined) ?? []).join(", ")], ["LUN", orNone("lun")], FS_TYPE, READ_ONLY],
  },
  azureFile: {
    type: "AzureFile (an Azure File Service mount on the host and bind mount to the pod)",
    rows: [titled("secretName"), titled("shareName"), READ_ONLY],
  },
  flexVolume: {
    type: "FlexVolume (a generic volume resource that is provisioned/attached using an exec based plugin)",
    rows: [titled("driver"), FS_TYPE, ["SecretRef", localReference], READ_ONLY, ["Options", map("options")]],
  },
  flocker: {
    type: "Flocker (a Flocker volume mounted by the Flocker agent)",
    rows: [titled("datasetName"), titled("datasetUUID")],
  },
  csi: {
    type: "CSI (a Container Storage Interface (CSI) volume source)",
    rows: [titled("driver"), FS_TYPE, READ_ONLY],
  },
  image: {
    type: "Image (a container image or OCI artifact)",
    rows: [titled("reference"), titled("pullPolicy")],
  },
};

/** Where a persistent volume's source has other fields than a pod's. */
export const PERSISTENT_SOURCE_WORDS: Readonly<Record<string, SourceWords>> = {
  ...Object.fromEntries(Object.entries(SOURCE_WORDS).map(([name, words]) => [name, withReference(words, anyReference)])),
  glusterfs: {
    type: typeOf("glusterfs"),
    rows: [
      ["EndpointsName", text("endpoints")],
      ["EndpointsNamespace", (s) => String(s.endpointsNamespace ?? "<unset>")],
      titled("path"),
      READ_ONLY,
    ],
  },
  scaleIO: {
    type: typeOf("scaleIO"),
    rows: [...SCALE_IO, ["SecretName", secretPart("name")], ["SecretNamespace", secretPart("namespace")], FS_TYPE, READ_ONLY],
  },
  azureFile: {
    type: typeOf("azureFile"),
    rows: [titled("secretName"), titled("secretNamespace"), titled("shareName"), READ_ONLY],
  },
  local: { type: "LocalVolume (a persistent volume backed by local storage on a node)", rows: [titled("path")] },
  csi: {
    type: typeOf("csi"),
    rows: [titled("driver"), FS_TYPE, titled("volumeHandle"), READ_ONLY],
  },
};

function withReference({ type, rows }: SourceWords, value: (source: Source) => string): SourceWords {
  return { type, rows: rows.map((row) => (row[1] === localReference ? [row[0], value] : row)) };
}

function typeOf(name: string): string {
  return SOURCE_WORDS[name]!.type;
}
