import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, globSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Recipe } from "../build.ts";

const ENTRYPOINT = join(import.meta.dirname, "../postgres/entrypoint.sh");

/** What a running server does not need: documentation, package lists, and the JIT compiler, which PostgreSQL does without. */
const UNNEEDED = [
  "var/cache/apt/*",
  "var/lib/apt/lists/*",
  "var/log/*",
  "usr/share/{doc,man,locale,info,i18n}",
  "usr/lib/*-linux-gnu/libLLVM*",
  "usr/lib/*-linux-gnu/libz3*",
  "usr/lib/postgresql/*/lib/{llvmjit.so,bitcode}",
];

/** The distribution's own PostgreSQL, on the smallest system that runs it. */
export const postgres: Recipe = {
  reference: "wherry-demo/postgres:1",
  inputs: () => `${suite()} ${UNNEEDED} ${readFileSync(ENTRYPOINT, "utf8")}`,
  fill(root) {
    execFileSync("debootstrap", ["--variant=minbase", "--include=postgresql", suite(), root, mirror()], {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    });
    for (const path of globSync(UNNEEDED, { cwd: root })) rmSync(join(root, path), { recursive: true, force: true });
    symlinkSync(readdirSync(join(root, "usr/lib/postgresql"))[0]!, join(root, "usr/lib/postgresql/current"));
    copyFileSync(ENTRYPOINT, join(root, "usr/local/bin/entrypoint.sh"));
    chmodSync(join(root, "usr/local/bin/entrypoint.sh"), 0o755);
  },
  changes: ['ENTRYPOINT ["/usr/local/bin/entrypoint.sh"]', "ENV PATH=/usr/lib/postgresql/current/bin:/usr/local/bin:/usr/bin:/bin"],
};

/** The release of the distribution that this host runs, such as `bookworm` or `noble`. */
function suite(): string {
  const match = /^VERSION_CODENAME=(\w+)/m.exec(readFileSync("/etc/os-release", "utf8"));
  if (!match)
    throw new Error("/etc/os-release names no VERSION_CODENAME: the PostgreSQL image is made from Debian's or Ubuntu's own packages");
  return match[1]!;
}

/** Where this host's apt gets the release from. */
function mirror(): string {
  const targets = execFileSync("apt-get", ["indextargets", "--format", "$(CREATED_BY) $(RELEASE) $(CODENAME) $(SITE)"], {
    encoding: "utf8",
  });
  const line = targets.split("\n").find((l) => l.split(" ")[0] === "Packages" && l.split(" ").includes(suite()));
  if (!line) throw new Error(`apt knows no source for ${suite()}: see /etc/apt/sources.list`);
  return line.split(" ")[3]!;
}
