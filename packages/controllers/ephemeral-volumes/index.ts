import { claimNameOf, PersistentVolumeClaim, Pod, type Volume } from "@wherry/api";
import { hasReason } from "@wherry/base";
import { type Controller, type ControllerContext, watchOf } from "@wherry/engine";
import { controllerOf, keyOf, type NewObject, splitKey } from "@wherry/machinery";
import { isNamespaceTerminating } from "../namespace/terminating.ts";
import { podIndexes, podsOfClaim } from "../persistent-volumes/indexes.ts";

/** Makes the claims that pods bring along, and gives them to their pods: the garbage collector takes them with those. Source: pkg/controller/volume/ephemeral. */
export function ephemeralVolumeController(): Controller {
  return {
    name: "ephemeral-volume-controller",
    eventSource: "ephemeral_volume",
    watches: [
      watchOf({ kind: Pod, indexes: podIndexes, wakes: (pod, { gone }) => (!gone && bringsClaims(pod) ? [keyOf(pod)] : []) }),
      watchOf({
        kind: PersistentVolumeClaim,
        wakes: (claim, { gone }, ctx) => (gone ? podsOfClaim(ctx.lister(Pod), keyOf(claim)).filter(bringsClaims).map(keyOf) : []),
      }),
    ],
    reconcile,
  };
}

const bringsClaims = ({ spec }: Pod): boolean => spec.volumes?.some((volume) => volume.ephemeral) ?? false;

async function reconcile(key: string, ctx: ControllerContext): Promise<void> {
  const { name, namespace } = splitKey(key);
  const pod = ctx.lister(Pod).get(name, namespace);
  if (!pod || pod.metadata.deletionTimestamp) return;
  for (const volume of pod.spec.volumes ?? []) if (volume.ephemeral) await ensureClaim(ctx, pod, volume);
}

async function ensureClaim(ctx: ControllerContext, pod: Pod, volume: Volume): Promise<void> {
  const name = claimNameOf(pod, volume)!;
  const existing = ctx.lister(PersistentVolumeClaim).get(name, pod.metadata.namespace);
  if (existing) return tellConflict(ctx, pod, volume, existing);
  try {
    ctx.wrote(PersistentVolumeClaim, await ctx.client.create(PersistentVolumeClaim, claimFor(pod, volume, name)));
  } catch (error) {
    if (isNamespaceTerminating(error)) return;
    if (!hasReason(error, "AlreadyExists"))
      ctx.events.event(pod, "Warning", "FailedBinding", `ephemeral volume ${volume.name}: create PVC ${name}: ${(error as Error).message}`);
    throw error;
  }
}

/** Somebody else's claim of that name is left alone, and the pod waits. */
function tellConflict(ctx: ControllerContext, pod: Pod, volume: Volume, claim: PersistentVolumeClaim): void {
  if (controllerOf(claim)?.uid === pod.metadata.uid) return;
  const why = `PVC ${keyOf(claim)} was not created for pod ${keyOf(pod)} (pod is not owner)`;
  ctx.events.event(pod, "Warning", "FailedBinding", `ephemeral volume ${volume.name}: ${why}`);
}

function claimFor(pod: Pod, volume: Volume, name: string): NewObject<PersistentVolumeClaim> {
  const { metadata = {}, spec } = volume.ephemeral!.volumeClaimTemplate!;
  const { labels, annotations } = metadata;
  const owner = {
    apiVersion: "v1",
    kind: "Pod",
    name: pod.metadata.name,
    uid: pod.metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
  const { namespace } = pod.metadata;
  return {
    metadata: {
      name,
      ...(namespace && { namespace }),
      ...(labels && { labels }),
      ...(annotations && { annotations }),
      ownerReferences: [owner],
    },
    spec,
  };
}
