import {
  bestVolume,
  isPromisedTo,
  matchesNodeSelectorTerm,
  type Node,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type StorageClass,
} from "@wherry/api";
import { SELECTED_NODE } from "./claims.ts";

const NO_PROVISIONER = "kubernetes.io/no-provisioner";

/** Where a claim gets its volume from: one that is there, or one that is to be made on the node. */
export type Source = { claim: PersistentVolumeClaim; volume?: PersistentVolume };

/** Whether the node can reach the volume. */
export function isReachable(volume: PersistentVolume, node: Node): boolean {
  const required = volume.spec.nodeAffinity?.required;
  return !required || required.nodeSelectorTerms.some((term) => matchesNodeSelectorTerm(term, node));
}

/**
 * A volume for each of the claims, if the node can have them all. Source: kube-scheduler `FindPodVolumes`.
 * @param isFree whether nobody else was promised the volume a moment ago
 */
export function chooseVolumes(
  delayed: readonly { claim: PersistentVolumeClaim; storageClass: StorageClass }[],
  volumes: readonly PersistentVolume[],
  node: Node,
  isFree: (volume: PersistentVolume, claim: PersistentVolumeClaim) => boolean,
): Source[] | undefined {
  const sources: Source[] = [];
  const taken = new Set<PersistentVolume>();
  for (const { claim, storageClass } of delayed) {
    const selected = claim.metadata.annotations?.[SELECTED_NODE];
    if (selected !== undefined && selected !== node.metadata.name) return undefined;
    const usable = volumes.filter((v) => !taken.has(v) && isReachable(v, node) && isFree(v, claim));
    const volume = selected === undefined ? bestVolume(claim, usable, false) : usable.find((v) => isPromisedTo(v, claim));
    if (volume) taken.add(volume);
    else if (!canProvision(storageClass, node)) return undefined;
    sources.push(volume ? { claim, volume } : { claim });
  }
  return sources;
}

/** Whether a volume of the class can be made for the node. */
function canProvision({ provisioner, allowedTopologies = [] }: StorageClass, { metadata: { labels = {} } }: Node): boolean {
  if (!provisioner || provisioner === NO_PROVISIONER) return false;
  const fits = (term: (typeof allowedTopologies)[number]) =>
    (term.matchLabelExpressions ?? []).every(({ key, values }) => labels[key] !== undefined && values.includes(labels[key]));
  return allowedTopologies.length === 0 || allowedTopologies.some(fits);
}
