import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { script } from "./console.mjs";
import { stopEngine, TEST_PACKAGES } from "./docker.mjs";
import { toolBin } from "./node.mjs";
import { ROOT } from "./root.mjs";
import { setUp } from "./setup.mjs";

const env = { ...process.env, PATH: `${toolBin(ROOT)}:${join(ROOT, "node_modules", ".bin")}:${process.env.PATH}` };

/** Runs a tool of the repository's, its output going to the terminal; gives whether it succeeded. */
function tool(command, ...args) {
  console.log(`\n> ${command} ${args.join(" ")}`);
  return spawnSync(command, args, { cwd: ROOT, env, stdio: "inherit" }).status === 0;
}

/** Runs vitest; gives what it counted. A run that ended without a report counts as one failure. */
function vitest(args) {
  const folder = mkdtempSync(join(tmpdir(), "wherry-test-"));
  const report = join(folder, "report.json");
  try {
    const ok = tool(
      "vitest",
      "run",
      "--config",
      "packages/testkit/vitest.config.ts",
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${report}`,
      ...args,
    );
    const { numPassedTests: passed, numFailedTests: failed } = JSON.parse(readFileSync(report, "utf8"));
    return { passed, failed: ok ? failed : Math.max(1, failed) };
  } catch (error) {
    console.error(`no report of vitest's: ${error.message}`);
    return { passed: 0, failed: 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// `npm test -- FILTER...` runs the matching test files only, without the checks before them.
await script(async () => {
  const startedEngine = await setUp(TEST_PACKAGES);
  const filters = process.argv.slice(2);
  try {
    const checks = filters.length ? [] : [tool("tsc", "-p", "tsconfig.base.json"), tool("biome", "ci", ".")];
    const tests = vitest(filters);
    const passed = tests.passed + checks.filter(Boolean).length;
    const failed = tests.failed + checks.filter((ok) => !ok).length;
    console.log(`\n${passed} passed, ${failed} failed`);
    return failed ? 1 : 0;
  } finally {
    if (startedEngine) await stopEngine(startedEngine);
  }
});
