import {
  LOCAL_PATH_FINALIZER,
  LOCAL_PATH_PROVISIONER,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
  storageClassOf,
} from "@wherry/api";
import { hasReason } from "@wherry/base";
import { type Controller, type ControllerContext, watchOf } from "@wherry/engine";
import { keyOf, splitKey } from "@wherry/machinery";
import { nodeExists } from "../nodes/exists.ts";
import { SELECTED_NODE, STORAGE_PROVISIONER } from "../persistent-volumes/annotations.ts";
import { release } from "../storage-protection/finalizer.ts";
import { hostOf, isOurs, labelled, planProvisioning, planRemoval, volumeNameOf } from "./plan.ts";
import { ensureStorageClass } from "./storage-class.ts";

const CLASS = "class";
const CLAIM = "claim:";
const VOLUME = "volume:";
/** What fails may be mended elsewhere: in the class, or on the node. */
const RETRY_MS = 15_000;
const BY_HOST = "local-path-host";
const hostIndex = { [BY_HOST]: (volume: PersistentVolume): readonly string[] => (isOurs(volume) ? [hostOf(volume)] : []) };

/**
 * Makes volumes that are directories of a node, and the default class of them. The objects only: each node's agent makes and removes its directories. In
 * the manner of sig-storage-lib-external-provisioner.
 */
export function localPathProvisioner(): Controller {
  return {
    name: "local-path-provisioner",
    eventSource: LOCAL_PATH_PROVISIONER,
    startWith: [CLASS],
    watches: [
      watchOf({ kind: PersistentVolumeClaim, wakes: (claim, { gone }) => (!gone && isAsked(claim) ? [CLAIM + keyOf(claim)] : []) }),
      watchOf({
        kind: PersistentVolume,
        indexes: hostIndex,
        wakes: (volume, { gone }) => (!gone && isOurs(volume) ? [VOLUME + volume.metadata.name] : []),
      }),
      watchOf({ kind: StorageClass }),
      watchOf({
        kind: Node,
        wakes: (node, { gone }, ctx) =>
          gone
            ? ctx
                .lister(PersistentVolume)
                .byIndex(BY_HOST, node.metadata.name)
                .map((v) => VOLUME + v.metadata.name)
            : [],
      }),
    ],
    reconcile(key, ctx) {
      if (key === CLASS) return ensureStorageClass(ctx);
      return key.startsWith(CLAIM) ? provision(key.slice(CLAIM.length), ctx) : remove(key.slice(VOLUME.length), ctx);
    },
  };
}

/** Whether the binder asks this provisioner for a volume. */
function isAsked({ metadata, spec }: PersistentVolumeClaim): boolean {
  const asked = metadata.annotations?.[STORAGE_PROVISIONER] === LOCAL_PATH_PROVISIONER;
  return asked && !spec.volumeName && !metadata.deletionTimestamp;
}

async function provision(key: string, ctx: ControllerContext): Promise<{ requeueAfterMs: number } | void> {
  const { name, namespace } = splitKey(key);
  const claim = ctx.lister(PersistentVolumeClaim).get(name, namespace);
  if (!claim || !isAsked(claim) || ctx.lister(PersistentVolume).get(volumeNameOf(claim))) return;
  const className = storageClassOf(claim) ?? "";
  const storageClass = ctx.lister(StorageClass).get(className);
  if (storageClass?.provisioner !== LOCAL_PATH_PROVISIONER) return;
  const node = ctx.lister(Node).get(claim.metadata.annotations?.[SELECTED_NODE] ?? "");
  const plan = planProvisioning(claim, storageClass, node);
  const { events } = ctx;
  if (plan.do === "create") {
    events.event(claim, "Normal", "Provisioning", `External provisioner is provisioning volume for claim "${key}"`);
    await create(ctx, plan.volume);
    events.event(claim, "Normal", "ProvisioningSucceeded", `Successfully provisioned volume ${plan.volume.metadata.name}`);
    return;
  }
  const what = `failed to provision volume with StorageClass "${className}": ${plan.message}`;
  events.event(claim, "Warning", "ProvisioningFailed", what);
  if (plan.do === "reschedule") return unselect(ctx, claim);
  return { requeueAfterMs: RETRY_MS };
}

async function create(ctx: ControllerContext, volume: Parameters<typeof ctx.client.create<PersistentVolume>>[1]): Promise<void> {
  try {
    ctx.wrote(PersistentVolume, await ctx.client.create(PersistentVolume, volume));
  } catch (error) {
    if (!hasReason(error, "AlreadyExists")) throw error;
  }
}

async function unselect(ctx: ControllerContext, claim: PersistentVolumeClaim): Promise<void> {
  const { [SELECTED_NODE]: _, ...annotations } = claim.metadata.annotations ?? {};
  ctx.wrote(
    PersistentVolumeClaim,
    await ctx.client.update(PersistentVolumeClaim, { ...claim, metadata: { ...claim.metadata, annotations } }),
  );
}

async function remove(name: string, ctx: ControllerContext): Promise<void> {
  const volume = ctx.lister(PersistentVolume).get(name);
  if (!volume || !isOurs(volume)) return;
  const mended = labelled(volume);
  if (mended) return ctx.wrote(PersistentVolume, await ctx.client.update(PersistentVolume, mended));
  const step = planRemoval(volume, !ctx.lister(Node).get(hostOf(volume)));
  if (step === "delete") {
    const { uid } = volume.metadata;
    ctx.wrote(PersistentVolume, await ctx.client.delete(PersistentVolume, { name }, { preconditions: { uid } }));
  } else if (step === "let go" && !(await nodeExists(hostOf(volume), ctx))) {
    ctx.events.event(
      volume,
      "Warning",
      "VolumeFailedDelete",
      `node "${hostOf(volume)}" is gone: if it comes back, the volume's directory is still there`,
    );
    await release(ctx, PersistentVolume, volume, LOCAL_PATH_FINALIZER);
  }
}
