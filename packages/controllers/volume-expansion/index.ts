import { LOCAL_PATH_PROVISIONER, PersistentVolume, PersistentVolumeClaim, PROVISIONED_BY_ANNOTATION } from "@wherry/api";
import { type Controller, type ControllerContext, watchOf } from "@wherry/engine";
import { keyOf, Quantity, splitKey } from "@wherry/machinery";

/**
 * Lets claims grow. Behind those of `wherry.io/local-path` are directories, which have no size of their own: the volume says the new one, then the claim. Others are left to
 * who provisions them. Source: pkg/controller/volume/expand; the words of what is grown are those of sig-storage's external-resizer.
 */
export function volumeExpansion(): Controller {
  return {
    name: "persistentvolume-expander-controller",
    eventSource: "volume_expand",
    watches: [
      watchOf({ kind: PersistentVolumeClaim, wakes: (claim, { gone }) => (!gone && wantsMore(claim) ? [keyOf(claim)] : []) }),
      watchOf({ kind: PersistentVolume }),
    ],
    reconcile,
  };
}

/** Whether a bound claim asks for more than it has. */
function wantsMore({ spec, status }: PersistentVolumeClaim): boolean {
  const capacity = status?.capacity?.storage;
  if (status?.phase !== "Bound" || !capacity) return false;
  return Quantity.parse(spec.resources?.requests?.storage ?? "0").compare(Quantity.parse(capacity)) > 0;
}

async function reconcile(key: string, ctx: ControllerContext): Promise<void> {
  const { name, namespace } = splitKey(key);
  const claim = ctx.lister(PersistentVolumeClaim).get(name, namespace);
  const volume = ctx.lister(PersistentVolume).get(claim?.spec.volumeName ?? "");
  if (!claim || !volume || !wantsMore(claim) || volume.spec.claimRef?.uid !== claim.metadata.uid) return;
  if (volume.metadata.annotations?.[PROVISIONED_BY_ANNOTATION] === LOCAL_PATH_PROVISIONER) return grow(ctx, claim, volume);
  ctx.events.event(claim, "Normal", "ExternalExpanding", "waiting for an external controller to expand this PVC");
}

async function grow(ctx: ControllerContext, claim: PersistentVolumeClaim, volume: PersistentVolume): Promise<void> {
  const storage = claim.spec.resources!.requests!.storage!;
  const has = Quantity.parse(volume.spec.capacity?.storage ?? "0");
  if (has.compare(Quantity.parse(storage)) < 0) {
    ctx.events.event(claim, "Normal", "Resizing", `External resizer is resizing volume ${volume.metadata.name}`);
    const spec = { ...volume.spec, capacity: { ...volume.spec.capacity, storage } };
    ctx.wrote(PersistentVolume, await ctx.client.update(PersistentVolume, { ...volume, spec }));
  }
  const status = { ...claim.status, capacity: { ...claim.status?.capacity, storage } };
  ctx.wrote(PersistentVolumeClaim, await ctx.client.update(PersistentVolumeClaim, { ...claim, status }, { subresource: "status" }));
  ctx.events.event(claim, "Normal", "VolumeResizeSuccessful", "Resize volume succeeded");
}
