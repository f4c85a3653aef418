import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { script } from "./console.mjs";
import { stopEngine } from "./docker.mjs";
import { toolBin } from "./node.mjs";
import { ROOT } from "./root.mjs";
import { setUp } from "./setup.mjs";

const node = join(toolBin(ROOT), "node");

// `npm run test:fuzz -- [--requests N] [--seconds N] [--seed N] [--first N]`: random requests against the API server.
await script(async () => {
  const startedEngine = await setUp();
  try {
    const args = ["--expose-gc", "packages/testkit/fuzz/main.ts", ...process.argv.slice(2)];
    return spawnSync(node, args, { cwd: ROOT, stdio: "inherit" }).status ?? 1;
  } finally {
    if (startedEngine) await stopEngine(startedEngine);
  }
});
