import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { run, script, step } from "./console.mjs";
import { ensureEngine, ensureSystemPackages } from "./docker.mjs";
import { ensureNode, toolBin } from "./node.mjs";

/** The repository's root. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** Everything a fresh machine needs. Idempotent. Gives the pid of the dockerd it started, if it had to. */
export async function setUp() {
  let enginePid;
  await step("Node.js and pnpm", () => ensureNode(ROOT));
  const env = { ...process.env, PATH: `${toolBin(ROOT)}:${process.env.PATH}`, CI: "true" };
  await step("npm packages", () => void run("pnpm", ["install", "--frozen-lockfile"], { cwd: ROOT, env }));
  await step("system packages", async () => (await ensureSystemPackages()).join(", "));
  await step("Docker Engine", async () => {
    enginePid = await ensureEngine();
    return enginePid ? `started, pid ${enginePid}` : "";
  });
  return enginePid;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await script(async () => {
    await setUp();
    return 0;
  });
}
