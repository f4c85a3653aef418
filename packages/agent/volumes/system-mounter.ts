import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import type { Mounter } from "./mounter.ts";

const run = promisify(execFile);

/** mount(8) and umount(8) of this host. */
export const systemMounter: Mounter = {
  async tmpfs(path, sizeBytes) {
    await run("mount", ["-t", "tmpfs", ...(sizeBytes ? ["-o", `size=${sizeBytes}`] : []), "tmpfs", path]);
  },
  async bind(source, target) {
    await run("mount", ["--no-canonicalize", "--bind", source, target]);
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

/** The fifth field of each line of mountinfo, in which blanks and backslashes are octal. */
export function mountPoints(mountinfo: string): string[] {
  return mountinfo
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split(" ")[4]!.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))));
}
