import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";

/** The kubectls of several versions that a Google Cloud SDK brings along as `kubectl.1.29`, the oldest first; none without one. */
export function versionedKubectls(): string[] {
  const found = spawnSync("sh", ["-c", "command -v gcloud"], { encoding: "utf8" });
  const folders = ["/usr/lib/google-cloud-sdk/bin", ...(found.status === 0 ? [dirname(realpathSync(found.stdout.trim()))] : [])];
  return [...new Set(folders)]
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)))
    .filter((path) => /\/kubectl\.1\.\d+$/.test(path))
    .toSorted();
}

/**
 * The newest kubectl at hand, where outputs differ between versions; undefined when none is of version 1.`minor` at least.
 * @param minor the second number of its version
 * @param most the highest that will do. A Google Cloud SDK's plain `kubectl` counts by its own version, and runs an older one when that suits the server.
 */
export function newestKubectl(minor: number, most = Number.POSITIVE_INFINITY): string | undefined {
  return [...versionedKubectls(), "kubectl"].findLast((path) => minorOf(path) >= minor && minorOf(path) <= most);
}

function minorOf(kubectl: string): number {
  const { status, stdout } = spawnSync(kubectl, ["version", "--client", "-o", "json"], { encoding: "utf8" });
  return status === 0 ? Number.parseInt(JSON.parse(stdout).clientVersion.minor, 10) : 0;
}
