import { PersistentVolume } from "@wherry/api";
import { type Controller, type ControllerContext, watchOf } from "@wherry/engine";
import { hasFinalizer, protect, release } from "./finalizer.ts";

const FINALIZER = "kubernetes.io/pv-protection";

/** Keeps a deleted volume for as long as a claim has it. Source: pkg/controller/volume/pvprotection. */
export function volumeProtection(): Controller {
  return {
    name: "persistentvolume-protection-controller",
    watches: [watchOf({ kind: PersistentVolume, wakes: (volume, { gone }) => (gone ? [] : [volume.metadata.name]) })],
    reconcile,
  };
}

async function reconcile(name: string, ctx: ControllerContext): Promise<void> {
  const volume = ctx.lister(PersistentVolume).get(name);
  if (!volume) return;
  const protectedNow = hasFinalizer(volume, FINALIZER);
  if (!volume.metadata.deletionTimestamp) {
    if (!protectedNow) await protect(ctx, PersistentVolume, volume, FINALIZER);
  } else if (protectedNow && volume.status?.phase !== "Bound") {
    await release(ctx, PersistentVolume, volume, FINALIZER);
  }
}
