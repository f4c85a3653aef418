import { pathToFileURL } from "node:url";
import { bundle } from "./bundle.mjs";
import { run, script, step } from "./console.mjs";
import { ensureEngine, ensureSystemPackages } from "./docker.mjs";
import { ensureNode, toolBin } from "./node.mjs";
import { ROOT } from "./root.mjs";

/** Everything a fresh machine needs, and `packages` of the distribution's besides. Idempotent. Gives the pid of the dockerd it started, if it had to. */
export async function setUp(packages = []) {
  let enginePid;
  await step("Node.js and pnpm", () => ensureNode(ROOT));
  const env = { ...process.env, PATH: `${toolBin(ROOT)}:${process.env.PATH}`, CI: "true" };
  await step("npm packages", () => void run("pnpm", ["install", "--frozen-lockfile"], { cwd: ROOT, env }));
  await step("bundle", bundle);
  await step("system packages", async () => [...(await ensureSystemPackages()), ...(await ensureSystemPackages(packages))].join(", "));
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
