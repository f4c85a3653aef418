import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Recipe } from "../build.ts";

const BINARY = "/bin/busybox";

/** The distribution's static busybox with a link for each of its commands. */
export const busybox: Recipe = {
  reference: "wherry-test/busybox:1",
  inputs: () => `busybox ${statSync(BINARY).mtimeMs}`,
  fill(root) {
    for (const folder of ["bin", "etc", "tmp", "root", "var", "home"]) mkdirSync(join(root, folder));
    copyFileSync(BINARY, join(root, "bin/busybox"));
    const commands = execFileSync(BINARY, ["--list"], { encoding: "utf8" }).trim().split("\n");
    for (const command of commands.filter((c) => c !== "busybox")) symlinkSync("busybox", join(root, "bin", command));
    writeFileSync(join(root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n");
    writeFileSync(join(root, "etc/group"), "root:x:0:\nnogroup:x:65534:\n");
  },
  changes: ['CMD ["sh"]', "ENV PATH=/bin"],
};
