import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { script } from "./console.mjs";
import { stopEngine } from "./docker.mjs";
import { toolBin } from "./node.mjs";
import { ROOT } from "./root.mjs";
import { setUp } from "./setup.mjs";

const node = join(toolBin(ROOT), "node");

// `npm run bench -- [NAME...]` runs the benchmarks whose names begin so, or all, on the bundle.
await script(async () => {
  const startedEngine = await setUp();
  try {
    // A Ctrl-C reaches the benchmark as well; this process waits for its end, and clears away what it could not.
    process.on("SIGINT", () => {});
    console.log();
    const { status } = spawnSync(node, ["packages/bench/main.ts", ...process.argv.slice(2)], { cwd: ROOT, stdio: "inherit" });
    if (status !== 0 && status !== 2) spawnSync(node, ["packages/bench/scene/leftovers.ts"], { cwd: ROOT, stdio: "inherit" });
    return status ?? 1;
  } finally {
    if (startedEngine) await stopEngine(startedEngine);
  }
});
