import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";

/** Puts the Node that runs this, with its shared libraries, into a root file system as /bin/node. */
export function copyNode(root: string): void {
  for (const folder of ["bin", "tmp"]) mkdirSync(join(root, folder));
  copyFileSync(process.execPath, join(root, "bin/node"));
  for (const library of sharedLibraries(process.execPath)) {
    mkdirSync(join(root, dirname(library)), { recursive: true });
    copyFileSync(library, join(root, library));
  }
}

/** Absolute paths of what the dynamic loader loads, itself included. */
function sharedLibraries(binary: string): string[] {
  const lines = execFileSync("ldd", [binary], { encoding: "utf8" }).split("\n");
  return lines.flatMap((line) => /(?:=> )?(\/[^ ]+) \(0x/.exec(line)?.[1] ?? []);
}
