import {
  LOCAL_PATH_FINALIZER,
  LOCAL_PATH_PROVISIONER,
  type Node,
  type PersistentVolume,
  type PersistentVolumeClaim,
  PROVISIONED_BY_ANNOTATION,
  type StorageClass,
  type TopologySelectorLabelRequirement,
  VOLUMES_DIRECTORY_ANNOTATION,
} from "@wherry/api";
import type { NewObject } from "@wherry/machinery";
import { SELECTED_NODE } from "../persistent-volumes/annotations.ts";

const HOSTNAME = "kubernetes.io/hostname";
/** Beyond these a directory of one node would be a promise that is not kept. */
const MODES = ["ReadWriteOnce", "ReadWriteOncePod"];

/** What becomes of a claim that asks for a directory. */
export type Provisioning =
  | { do: "create"; volume: NewObject<PersistentVolume> }
  /** It cannot be as it is; `message` is why. */
  | { do: "fail"; message: string }
  /** Its node is gone: the scheduler is to choose again. */
  | { do: "reschedule"; message: string };

/** The name of the volume that is made for a claim. */
export const volumeNameOf = ({ metadata }: PersistentVolumeClaim): string => `pvc-${metadata.uid}`;

/** Makes a volume for the claim on the node that was selected for it. `node` is that node, if it is there. */
export function planProvisioning(claim: PersistentVolumeClaim, storageClass: StorageClass, node: Node | undefined): Provisioning {
  const why = whyNot(claim, storageClass);
  if (why) return { do: "fail", message: why };
  const selected = claim.metadata.annotations?.[SELECTED_NODE];
  if (!selected)
    return {
      do: "fail",
      message: "a directory is on a node, and none was selected: the class needs volumeBindingMode WaitForFirstConsumer",
    };
  if (!node) return { do: "reschedule", message: `failed to get target node: nodes "${selected}" not found` };
  if (!isAllowed(node, storageClass))
    return { do: "fail", message: `node "${selected}" is not among the allowedTopologies of StorageClass "${storageClass.metadata.name}"` };
  const directory = node.metadata.annotations?.[VOLUMES_DIRECTORY_ANNOTATION];
  if (!directory)
    return {
      do: "fail",
      message: `node "${selected}" has no annotation ${VOLUMES_DIRECTORY_ANNOTATION}: no agent has told where it keeps volumes`,
    };
  return { do: "create", volume: newVolume(claim, storageClass, node, directory) };
}

function whyNot({ spec }: PersistentVolumeClaim, { metadata, parameters, mountOptions }: StorageClass): string | undefined {
  const unknown = Object.keys(parameters ?? {});
  const mode = spec.accessModes?.find((m) => !MODES.includes(m));
  if (spec.volumeMode === "Block") return `${LOCAL_PATH_PROVISIONER} does not support block volume provisioning`;
  if (mode) return `${LOCAL_PATH_PROVISIONER} only supports the access modes ${MODES.join(" and ")}, not ${mode}`;
  if (spec.selector) return "claim Selector is not supported";
  if (spec.dataSource ?? spec.dataSourceRef) return `${LOCAL_PATH_PROVISIONER} does not support data sources`;
  if (unknown.length) return `${LOCAL_PATH_PROVISIONER} takes no parameters, but StorageClass "${metadata.name}" has ${unknown.join(", ")}`;
  if (mountOptions?.length) return `mount options are not supported by the provisioner but StorageClass "${metadata.name}" has them`;
  return undefined;
}

/** Source: component-helpers `GetNodeSelectorTermsFromTopologySelectors`: one of the terms, and all of its expressions. */
function isAllowed(node: Node, { allowedTopologies = [] }: StorageClass): boolean {
  const { labels = {} } = node.metadata;
  const fits = ({ key, values }: TopologySelectorLabelRequirement) => values.includes(labels[key] ?? "");
  return allowedTopologies.length === 0 || allowedTopologies.some(({ matchLabelExpressions = [] }) => matchLabelExpressions.every(fits));
}

function newVolume(claim: PersistentVolumeClaim, storageClass: StorageClass, node: Node, directory: string): NewObject<PersistentVolume> {
  const name = volumeNameOf(claim);
  const hostname = node.metadata.labels?.[HOSTNAME] ?? node.metadata.name;
  const { namespace, uid, resourceVersion } = claim.metadata;
  return {
    metadata: {
      name,
      // By this the node's agent finds it.
      labels: { [HOSTNAME]: hostname },
      annotations: { [PROVISIONED_BY_ANNOTATION]: LOCAL_PATH_PROVISIONER },
    },
    spec: {
      capacity: { storage: claim.spec.resources?.requests?.storage ?? "0" },
      accessModes: claim.spec.accessModes ?? [],
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? "Delete",
      storageClassName: storageClass.metadata.name,
      volumeMode: "Filesystem",
      local: { path: `${directory}/${name}` },
      nodeAffinity: {
        required: { nodeSelectorTerms: [{ matchExpressions: [{ key: HOSTNAME, operator: "In", values: [hostname] }] }] },
      },
      claimRef: {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        name: claim.metadata.name,
        ...(namespace && { namespace }),
        uid,
        resourceVersion,
      },
    },
  };
}

/** Whether this provisioner made the volume. */
export const isOurs = ({ metadata }: PersistentVolume): boolean =>
  metadata.annotations?.[PROVISIONED_BY_ANNOTATION] === LOCAL_PATH_PROVISIONER;

/** The hostname of the node that has the volume's directory: its affinity says so, which never changes. */
export function hostOf({ spec }: PersistentVolume): string {
  const expressions = spec.nodeAffinity?.required?.nodeSelectorTerms.flatMap((term) => term.matchExpressions ?? []);
  return expressions?.find(({ key }) => key === HOSTNAME)?.values?.[0] ?? "";
}

/** The volume with the label by which its node's agent finds it; undefined when it has that. */
export function labelled(volume: PersistentVolume): PersistentVolume | undefined {
  const host = hostOf(volume);
  const { labels } = volume.metadata;
  return labels?.[HOSTNAME] === host ? undefined : { ...volume, metadata: { ...volume.metadata, labels: { ...labels, [HOSTNAME]: host } } };
}

/**
 * What is to be done about a volume of ours: deleted, once it is released and that is its policy; then its agent removes the directory and lets it go, or, with
 * `hostGone`, nobody ever will.
 */
export function planRemoval(volume: PersistentVolume, hostGone: boolean): "delete" | "let go" | undefined {
  const { deletionTimestamp, finalizers } = volume.metadata;
  if (deletionTimestamp) return hostGone && finalizers?.includes(LOCAL_PATH_FINALIZER) ? "let go" : undefined;
  return volume.status?.phase === "Released" && volume.spec.persistentVolumeReclaimPolicy === "Delete" ? "delete" : undefined;
}
