import {
  claimsOfPod,
  isDefaultStorageClass,
  isPodTerminal,
  newestDefault,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  StorageClass,
  storageClassOf,
} from "@wherry/api";
import { hasReason } from "@wherry/base";
import { type Controller, type ControllerContext, watchOf } from "@wherry/engine";
import { keyOf, splitKey } from "@wherry/machinery";
import { apply } from "./apply.ts";
import {
  claimIndexes,
  claimsNaming,
  freeVolumes,
  pendingClaims,
  podIndexes,
  podsOfClaim,
  UNCLASSED,
  volumeIndexes,
  volumesOfClaim,
} from "./indexes.ts";
import { planClaim } from "./plan-claim.ts";
import { planVolume } from "./plan-volume.ts";

const CLAIM = "claim:";
const VOLUME = "volume:";

/** Binds claims and volumes to each other, and keeps the phases of both. Source: pkg/controller/volume/persistentvolume. */
export function persistentVolumeBinder(): Controller {
  return {
    name: "persistentvolume-binder-controller",
    eventSource: "persistentvolume-controller",
    // One choice at a time: two claims never reach for the same volume.
    workers: 1,
    watches: [
      watchOf({ kind: PersistentVolumeClaim, indexes: claimIndexes, wakes: claimWakes }),
      watchOf({ kind: PersistentVolume, indexes: volumeIndexes, wakes: volumeWakes }),
      watchOf({ kind: StorageClass, wakes: (storageClass, { gone }, ctx) => (gone ? [] : classWakes(storageClass, ctx)) }),
      watchOf({ kind: Pod, indexes: podIndexes, wakes: podWakes }),
    ],
    reconcile: (key, ctx) =>
      key.startsWith(CLAIM) ? reconcileClaim(key.slice(CLAIM.length), ctx) : reconcileVolume(key.slice(VOLUME.length), ctx),
  };
}

const claimKey = (key: string): string => CLAIM + key;

function claimWakes(claim: PersistentVolumeClaim, { gone }: { gone: boolean }): string[] {
  const { volumeName } = claim.spec;
  return [...(gone ? [] : [claimKey(keyOf(claim))]), ...(volumeName ? [VOLUME + volumeName] : [])];
}

/** The volume itself, the claims it is or was promised to, and, when it is free, all that may want it. */
function volumeWakes(
  volume: PersistentVolume,
  { previous, gone }: { previous?: PersistentVolume; gone: boolean },
  ctx: ControllerContext,
): string[] {
  const promised = [volume, previous].flatMap((v) => (v?.spec.claimRef ? [`${v.spec.claimRef.namespace}/${v.spec.claimRef.name}`] : []));
  const free = !gone && !volume.spec.claimRef && volume.status?.phase === "Available";
  const wanting = free ? pendingClaims(ctx.lister(PersistentVolumeClaim), storageClassOf(volume) ?? "") : [];
  // A claim may name a volume that comes later, or lose it.
  const naming = previous && !gone ? [] : claimsNaming(ctx.lister(PersistentVolumeClaim), volume.metadata.name);
  return [...(gone ? [] : [VOLUME + volume.metadata.name]), ...new Set([...promised, ...wanting, ...naming].map(claimKey))];
}

function classWakes(storageClass: StorageClass, ctx: ControllerContext): string[] {
  const claims = ctx.lister(PersistentVolumeClaim);
  const unclassed = isDefaultStorageClass(storageClass) ? pendingClaims(claims, UNCLASSED) : [];
  return [...pendingClaims(claims, storageClass.metadata.name), ...unclassed].map(claimKey);
}

/** What a claim is said to wait for depends on its pods. */
function podWakes(pod: Pod, { previous, gone }: { previous?: Pod; gone: boolean }, ctx: ControllerContext): string[] {
  if (previous && !gone && previous.spec.nodeName === pod.spec.nodeName) return [];
  const claims = ctx.lister(PersistentVolumeClaim);
  const isPending = (key: string) => {
    const { name, namespace } = splitKey(key);
    return claims.get(name, namespace)?.status?.phase === "Pending";
  };
  return claimsOfPod(pod).filter(isPending).map(claimKey);
}

async function reconcileClaim(key: string, ctx: ControllerContext): Promise<void> {
  const { name, namespace } = splitKey(key);
  const claim = ctx.lister(PersistentVolumeClaim).get(name, namespace);
  if (!claim) return;
  const volumes = ctx.lister(PersistentVolume);
  const classes = ctx.lister(StorageClass);
  const className = storageClassOf(claim);
  const pods = podsOfClaim(ctx.lister(Pod), key).filter((pod) => !isPodTerminal(pod) && !pod.metadata.deletionTimestamp);
  const plan = planClaim(claim, {
    named: claim.spec.volumeName ? volumes.get(claim.spec.volumeName) : undefined,
    candidates: [...volumesOfClaim(volumes, key), ...freeVolumes(volumes, className ?? "")],
    storageClass: className ? classes.get(className) : undefined,
    defaultClass: className === undefined ? newestDefault(classes.list(), isDefaultStorageClass) : undefined,
    waitingPods: pods.filter(({ spec }) => !spec.nodeName).map(({ metadata }) => metadata.name),
    podNode: pods.find(({ spec }) => spec.nodeName)?.spec.nodeName,
  });
  await apply(ctx, plan, { claim });
}

async function reconcileVolume(name: string, ctx: ControllerContext): Promise<void> {
  const volume = ctx.lister(PersistentVolume).get(name);
  if (!volume) return;
  const claim = await claimOf(volume, ctx);
  await apply(ctx, planVolume(volume, claim), { volume, claim });
}

/** The claim that the volume is promised to. One that no cache has is asked for: to think it gone would cost its data. */
async function claimOf({ spec }: PersistentVolume, ctx: ControllerContext): Promise<PersistentVolumeClaim | undefined> {
  const { name, namespace, uid } = spec.claimRef ?? {};
  if (!name || !namespace || !uid) return undefined;
  const cached = ctx.lister(PersistentVolumeClaim).get(name, namespace);
  if (cached?.metadata.uid === uid) return cached;
  try {
    const stored = await ctx.client.get(PersistentVolumeClaim, { name, namespace });
    return stored.metadata.uid === uid ? stored : undefined;
  } catch (error) {
    if (hasReason(error, "NotFound")) return undefined;
    throw error;
  }
}
