import { spawnSync } from "node:child_process";
import { cpus, loadavg, release, totalmem } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { docker } from "./peers/docker.ts";
import { removeLeftovers } from "./scene/leftovers.ts";

/** Each a program of its own, beside this one: it prints one line per figure. In this order, the quietest first. */
const BENCHMARKS = [
  "idle",
  "cli-start",
  "cold-start",
  "pod-start",
  "replacement",
  "replicas",
  "api-server",
  "api-scale",
  "store",
  "scheduler",
] as const;

/** What every figure depends on. */
async function machine(): Promise<string> {
  const [cpu] = cpus();
  const engine = await docker("version", "--format", "{{.Server.Version}}");
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${cpus().length} x ${cpu?.model}, ${memory}, Linux ${release()}, Docker Engine ${engine}, Node ${process.versions.node}, load ${loadavg()[0]?.toFixed(1)}`;
}

// `npm run bench -- [NAME...]`: all benchmarks, or those whose names begin so.
const wanted = process.argv.slice(2);
const chosen = BENCHMARKS.filter((name) => !wanted.length || wanted.some((prefix) => name.startsWith(prefix)));
if (!chosen.length) {
  console.error(`error: no benchmark ${wanted.join(", ")}: there are ${BENCHMARKS.join(", ")}`);
  process.exit(2);
}
await removeLeftovers();
console.log(`${await machine()}\n`);
const failed = chosen.filter((name) => {
  const { status } = spawnSync(execPath, [join(import.meta.dirname, `${name}.ts`)], { stdio: "inherit" });
  return status !== 0;
});
await removeLeftovers();
if (failed.length) console.error(`error: ${failed.join(", ")} ended with an error`);
process.exitCode = failed.length ? 1 : 0;
