import { mkdir } from "node:fs/promises";
import type { NFSVolumeSource } from "@wherry/api";
import type { ReadyVolume, VolumeContext, VolumePlugin } from "../volume.ts";

/** An export of an NFS server, mounted for the pod. */
export const nfs: VolumePlugin = {
  handles: (volume) => volume.nfs !== undefined,
  setUp: (volume, context) => mountNfs(volume.nfs!, [], context),
};

/** Mounts an export below the pod's directory, where the node can; rejects with what mount(8) said where it cannot. */
export async function mountNfs(source: NFSVolumeSource, options: readonly string[], context: VolumeContext): Promise<ReadyVolume> {
  const { dir, mounter } = context;
  const readOnly = source.readOnly ?? false;
  await mkdir(dir, { recursive: true });
  if (!(await mounter.mountsUnder(dir)).includes(dir))
    await mounter.nfs(`${source.server}:${source.path}`, dir, [...(readOnly ? ["ro"] : []), ...options]);
  return { path: dir, readOnly };
}
