import { execFile } from "node:child_process";
import { access, readFile } from "node:fs/promises";
import { promisify } from "node:util";
import type { Mounter } from "./mounter.ts";

const run = promisify(execFile);

/** A server that does not answer holds up its pod, and nothing else, for so long at a time. */
const NFS_TIMEOUT_MS = 60_000;

/** mount(8) and umount(8) of this host. */
export const systemMounter: Mounter = {
  async tmpfs(path, sizeBytes) {
    await run("mount", ["-t", "tmpfs", ...(sizeBytes ? ["-o", `size=${sizeBytes}`] : []), "tmpfs", path]);
  },
  async bind(source, target) {
    await run("mount", ["--no-canonicalize", "--bind", source, target]);
  },
  async nfs(source, target, options) {
    if (!(await hasHelper("nfs"))) throw new Error("this node has no mount.nfs: install nfs-common (Debian, Ubuntu) or nfs-utils (Fedora)");
    const all = ["retry=0", ...options].join(",");
    await run("mount", ["-t", "nfs", "-o", all, source, target], { timeout: NFS_TIMEOUT_MS });
  },
  async unmount(path) {
    if ((await systemMounter.mountsUnder(path)).includes(path)) await run("umount", ["--lazy", "--no-canonicalize", path]);
  },
  async mountsUnder(path) {
    const table = await readFile("/proc/self/mountinfo", "utf8");
    return mountPoints(table)
      .filter((at) => at === path || at.startsWith(`${path}/`))
      .sort((a, b) => b.length - a.length);
  },
};

/** Whether mount(8) can hand this file system to the program that it needs. */
async function hasHelper(type: string): Promise<boolean> {
  const found = await Promise.allSettled(["/sbin", "/usr/sbin"].map((folder) => access(`${folder}/mount.${type}`)));
  return found.some(({ status }) => status === "fulfilled");
}

/** The fifth field of each line of mountinfo, in which blanks and backslashes are octal. */
export function mountPoints(mountinfo: string): string[] {
  return mountinfo
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split(" ")[4]!.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))));
}
