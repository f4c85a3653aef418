import type { Dirent } from "node:fs";
import { chmod, lchown, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Pod } from "@wherry/api";

/** The pod's fsGroup as the owner of generated files. */
export function fsGroupOf(pod: Pod): { fsGroup: number } | undefined {
  const fsGroup = pod.spec?.securityContext?.fsGroup;
  return fsGroup === undefined ? undefined : { fsGroup };
}

/**
 * Gives a volume to the pod's fsGroup: the group owns all of it, may read and write, and new files belong to it. With `OnRootMismatch` a volume
 * whose root is right already is left alone. Source: pkg/volume SetVolumeOwnership.
 */
export async function applyFsGroup(pod: Pod, path: string): Promise<void> {
  const owner = fsGroupOf(pod);
  if (!owner) return;
  if (pod.spec?.securityContext?.fsGroupChangePolicy === "OnRootMismatch" && (await rootFits(path, owner.fsGroup))) return;
  await give(path, owner.fsGroup, true);
}

async function rootFits(path: string, gid: number): Promise<boolean> {
  const root = await stat(path);
  return root.gid === gid && (root.mode & 0o2770) === 0o2770;
}

async function give(path: string, gid: number, isDirectory: boolean): Promise<void> {
  if (isDirectory) for (const entry of await readdir(path, { withFileTypes: true })) await giveEntry(path, entry, gid);
  await lchown(path, -1, gid);
  const { mode } = await stat(path);
  await chmod(path, (mode & 0o7777) | (isDirectory ? 0o2770 : 0o660));
}

async function giveEntry(parent: string, entry: Dirent, gid: number): Promise<void> {
  const at = join(parent, entry.name);
  if (entry.isDirectory()) await give(at, gid, true);
  else if (entry.isFile()) await give(at, gid, false);
  else await lchown(at, -1, gid);
}
