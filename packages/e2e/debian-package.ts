import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { run } from "./cluster.ts";

const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "wherry", "debian");

/**
 * The files of a package of the distribution's, in a folder of their own: nothing is installed and no service of it started. Loaded once and kept. What the package depends on is
 * not there. Fails with apt's words.
 */
export async function debianPackage(name: string): Promise<string> {
  const folder = join(CACHE, name);
  if (existsSync(folder)) return folder;
  mkdirSync(CACHE, { recursive: true });
  const work = mkdtempSync(join(CACHE, ".loading-"));
  try {
    await must("sh", "-c", `cd "$1" && apt-get -o APT::Sandbox::User=root download "$2"`, "sh", work, name);
    const [archive = ""] = readdirSync(work).filter((file) => file.endsWith(".deb"));
    await must("dpkg-deb", "--extract", join(work, archive), join(work, "files"));
    renameSync(join(work, "files"), folder);
    return folder;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function must(command: string, ...args: string[]): Promise<void> {
  const { code, stdout, stderr } = await run(command, args);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}${stdout}`);
}
