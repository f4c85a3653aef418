import { claimsOfPod, PersistentVolumeClaim, Pod } from "@wherry/api";
import { type Controller, type ControllerContext, watchOf } from "@wherry/engine";
import { keyOf, splitKey } from "@wherry/machinery";
import { podIndexes, podsOfClaim } from "../persistent-volumes/indexes.ts";
import { hasFinalizer, protect, release } from "./finalizer.ts";

const FINALIZER = "kubernetes.io/pvc-protection";

/** Keeps a deleted claim until no pod that has a node mentions it any more. Source: pkg/controller/volume/pvcprotection. */
export function claimProtection(): Controller {
  return {
    name: "persistentvolumeclaim-protection-controller",
    watches: [
      watchOf({ kind: PersistentVolumeClaim, wakes: (claim, { gone }) => (gone ? [] : [keyOf(claim)]) }),
      watchOf({ kind: Pod, indexes: podIndexes, wakes: (pod, { gone }) => (gone ? claimsOfPod(pod) : []) }),
    ],
    reconcile,
  };
}

async function reconcile(key: string, ctx: ControllerContext): Promise<void> {
  const { name, namespace = "" } = splitKey(key);
  const claim = ctx.lister(PersistentVolumeClaim).get(name, namespace);
  if (!claim) return;
  const protectedNow = hasFinalizer(claim, FINALIZER);
  if (!claim.metadata.deletionTimestamp) {
    if (!protectedNow) await protect(ctx, PersistentVolumeClaim, claim, FINALIZER);
    return;
  }
  if (!protectedNow || podsOfClaim(ctx.lister(Pod), key).some(hasNode) || (await isUsed(key, namespace, ctx))) return;
  await release(ctx, PersistentVolumeClaim, claim, FINALIZER);
}

/** A pod without a node never starts with a claim that is being deleted. */
const hasNode = ({ spec }: Pod): boolean => Boolean(spec.nodeName);

/** The cache may be behind, and what is released is gone: the server has the last word. */
async function isUsed(key: string, namespace: string, ctx: ControllerContext): Promise<boolean> {
  const { items } = await ctx.client.list(Pod, { namespace });
  return items.some((pod) => hasNode(pod) && claimsOfPod(pod).includes(key));
}
