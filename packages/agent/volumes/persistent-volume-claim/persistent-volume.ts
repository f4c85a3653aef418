import { stat } from "node:fs/promises";
import type { PersistentVolume } from "@wherry/api";
import { applyFsGroup } from "../fs-group.ts";
import { mountHostPath } from "../host-path/host-path.ts";
import { mountNfs } from "../nfs/nfs.ts";
import type { ReadyVolume, VolumeContext } from "../volume.ts";

/** Brings a persistent volume into place for a pod. Rejects when its type is none that this node can mount. */
export async function mountPersistentVolume(volume: PersistentVolume, context: VolumeContext): Promise<ReadyVolume> {
  const { local, hostPath, nfs, mountOptions } = volume.spec;
  if (local) return mountLocal(volume, local.path, context);
  if (hostPath) return mountHostPath(hostPath);
  if (nfs) return mountNfs(nfs, mountOptions ?? [], context);
  const driver = volume.spec.csi?.driver;
  if (driver) throw new Error(`driver name ${driver} not found in the list of registered CSI drivers`);
  throw new Error("its type is not supported by this node: use local, hostPath or nfs");
}

/** A directory of this node: one that its agent keeps, or one that an administrator made. */
async function mountLocal(volume: PersistentVolume, path: string, { pod, directories }: VolumeContext): Promise<ReadyVolume> {
  if (directories.keeps(volume)) await directories.ready(volume);
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new Error(`path "${path}" does not exist`);
  if (!found.isDirectory())
    throw new Error(`path "${path}" is not a directory: file systems on block devices are mounted by the administrator`);
  await applyFsGroup(pod, path);
  return { path, readOnly: false };
}
