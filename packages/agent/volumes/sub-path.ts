import { constants, type Stats } from "node:fs";
import { type FileHandle, mkdir, open, realpath, writeFile } from "node:fs/promises";
import { dirname, join, posix, relative } from "node:path";
import type { Mounter } from "./mounter.ts";

/** Linux: a handle on a place, without reading what is there. Not among Node's constants. */
const O_PATH = 0o10000000;
const NO_FOLLOW = O_PATH | constants.O_NOFOLLOW;

/**
 * Binds `subPath` of a volume onto `target`, and makes it a directory where nothing is. A symbolic link may point anywhere inside the volume and
 * nowhere else, also when a container changes it in this very moment: the path is walked handle by handle and bound through the last
 * one. Rejects when it leads out. Source: pkg/volume/util/subpath.
 */
export async function bindSubPath(volumePath: string, subPath: string, target: string, mounter: Mounter): Promise<void> {
  if (posix.isAbsolute(subPath) || subPath.split("/").includes(".."))
    throw new Error(`subPath "${subPath}" must be a relative path without ".."`);
  const place = await openInside(volumePath, subPath);
  try {
    await makeTarget(target, await place.stat(), mounter);
    await mounter.bind(`/proc/${process.pid}/fd/${place.fd}`, target);
  } finally {
    await place.close();
  }
}

async function makeTarget(target: string, source: Stats, mounter: Mounter): Promise<void> {
  await mounter.unmount(target);
  await mkdir(source.isDirectory() ? target : dirname(target), { recursive: true });
  if (!source.isDirectory()) await writeFile(target, "", { flag: "a" });
}

async function openInside(volumePath: string, subPath: string): Promise<FileHandle> {
  const root = await realpath(volumePath);
  const existing = await deepestExisting(root, subPath);
  const inside = relative(root, existing.real);
  if (inside.split("/")[0] === "..") throw new Error(`subPath "${subPath}" leads out of the volume`);
  return walk(root, [...names(inside), ...existing.rest], subPath);
}

const names = (path: string): string[] => path.split("/").filter((name) => name !== "" && name !== ".");

/** The real path of as much of `subPath` as there is, and the names that are missing below it. */
async function deepestExisting(root: string, subPath: string): Promise<{ real: string; rest: string[] }> {
  const rest: string[] = [];
  const parts = names(subPath);
  for (; parts.length; rest.unshift(parts.pop()!)) {
    const real = await realpath(join(root, ...parts)).catch(() => undefined);
    if (real) return { real, rest };
  }
  return { real: root, rest };
}

async function walk(root: string, path: readonly string[], subPath: string): Promise<FileHandle> {
  let at = await open(root, NO_FOLLOW);
  for (const name of path) {
    const parent = at;
    try {
      at = await openOrMake(`/proc/self/fd/${parent.fd}/${name}`);
    } finally {
      await parent.close();
    }
    if (!(await at.stat()).isSymbolicLink()) continue;
    await at.close();
    throw new Error(`subPath "${subPath}" changed while it was being mounted`);
  }
  return at;
}

async function openOrMake(path: string): Promise<FileHandle> {
  try {
    return await open(path, NO_FOLLOW);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    await mkdir(path, { mode: 0o750 }).catch(() => {});
    return await open(path, NO_FOLLOW);
  }
}
