import { rm } from "node:fs/promises";
import type { Pod, Volume } from "@wherry/api";
import type { PodPaths } from "../files/pod-paths.ts";
import { configMap } from "./config-map/config-map.ts";
import { downwardAPI } from "./downward-api/downward-api.ts";
import { emptyDir } from "./empty-dir/empty-dir.ts";
import { hostPath } from "./host-path/host-path.ts";
import type { Mounter } from "./mounter.ts";
import { nfs } from "./nfs/nfs.ts";
import { persistentVolumeClaim } from "./persistent-volume-claim/persistent-volume-claim.ts";
import { projected } from "./projected/projected.ts";
import { secret } from "./secret/secret.ts";
import { type ReadyVolume, type VolumeContext, VolumeError, type VolumePlugin } from "./volume.ts";

const plugins: readonly VolumePlugin[] = [emptyDir, hostPath, configMap, secret, downwardAPI, projected, persistentVolumeClaim, nfs];

/** Brings all of a pod's volumes into place, or up to date. Rejects with a VolumeError for the first that cannot be. */
export async function setUpVolumes(
  pod: Pod,
  paths: PodPaths,
  context: Omit<VolumeContext, "pod" | "dir" | "memoryDir">,
): Promise<ReadonlyMap<string, ReadyVolume>> {
  const volumes = pod.spec?.volumes ?? [];
  const ready = await Promise.all(
    volumes.map((volume) => setUp(volume, { ...context, pod, dir: paths.volume(volume.name), memoryDir: paths.memoryVolume(volume.name) })),
  );
  return new Map(ready.map((volume, index) => [volumes[index]!.name, volume]));
}

async function setUp(volume: Volume, context: VolumeContext): Promise<ReadyVolume> {
  try {
    const plugin = plugins.find((p) => p.handles(volume));
    if (!plugin) throw new Error(`volume type "${typeOf(volume)}" is not supported by this node`);
    return await plugin.setUp(volume, context);
  } catch (error) {
    if (error instanceof VolumeError) throw error;
    throw new VolumeError(`MountVolume.SetUp failed for volume "${volume.name}" : ${(error as Error).message}`, { cause: error });
  }
}

const typeOf = (volume: Volume): string => Object.keys(volume).find((key) => key !== "name") ?? "none";

/** Whether a volume's files follow objects of the API, and so have to be written again when those change. */
export function followsObjects(volume: Volume): boolean {
  return (volume.configMap ?? volume.secret ?? volume.downwardAPI ?? volume.projected) !== undefined;
}

/** Unmounts and deletes everything the pod had on this node; nothing of a hostPath is touched. */
export async function tearDownVolumes(paths: PodPaths, mounter: Mounter): Promise<void> {
  for (const at of await mounter.mountsUnder(paths.root)) await mounter.unmount(at);
  // A mount that could not be undone would make rm delete what is mounted there, which may be the user's.
  const left = await mounter.mountsUnder(paths.root);
  if (left.length) throw new Error(`cannot unmount ${left.join(", ")}: see what still uses it`);
  await Promise.all([rm(paths.root, { recursive: true, force: true }), rm(paths.memory, { recursive: true, force: true })]);
}
