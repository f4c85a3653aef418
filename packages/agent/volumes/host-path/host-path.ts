import type { Stats } from "node:fs";
import { mkdir, open, stat } from "node:fs/promises";
import type { HostPathVolumeSource } from "@wherry/api";
import type { ReadyVolume, VolumePlugin } from "../volume.ts";

interface Check {
  fits(found: Stats): boolean;
  what: string;
  create?(path: string): Promise<unknown>;
}

const directory = { fits: (found: Stats) => found.isDirectory(), what: "directory" };
const file = { fits: (found: Stats) => found.isFile(), what: "file" };
const createFile = async (path: string) => (await open(path, "a", 0o644)).close();

/** Source: pkg/volume/hostpath. */
const checks: Readonly<Record<string, Check>> = {
  Directory: directory,
  DirectoryOrCreate: { ...directory, create: (path) => mkdir(path, { recursive: true, mode: 0o755 }) },
  File: file,
  FileOrCreate: { ...file, create: createFile },
  Socket: { fits: (found) => found.isSocket(), what: "socket file" },
  CharDevice: { fits: (found) => found.isCharacterDevice(), what: "character device" },
  BlockDevice: { fits: (found) => found.isBlockDevice(), what: "block device" },
};

/** A path of the node. */
export const hostPath: VolumePlugin = {
  handles: (volume) => volume.hostPath !== undefined,
  setUp: (volume) => mountHostPath(volume.hostPath!),
};

/** Checks the path against its type. Without one, a path that does not exist becomes a directory, as container runtimes do it. */
export async function mountHostPath({ path, type }: HostPathVolumeSource): Promise<ReadyVolume> {
  const found = await stat(path).catch(() => undefined);
  if (type) await check(path, type, found);
  else if (!found) await mkdir(path, { recursive: true, mode: 0o755 });
  return { path, readOnly: false };
}

async function check(path: string, type: string, found: Stats | undefined): Promise<void> {
  const wanted = checks[type];
  if (!wanted) throw new Error(`hostPath type check failed: ${type} is an invalid volume type`);
  if (found ? wanted.fits(found) : await wanted.create?.(path).then(() => true)) return;
  throw new Error(`hostPath type check failed: ${path} is not a ${wanted.what}`);
}
