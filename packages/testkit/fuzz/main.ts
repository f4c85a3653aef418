import { parseArgs } from "node:util";
import { FuzzFinding, fuzz } from "./run.ts";
import { startFuzzTarget } from "./server.ts";

// `npm run test:fuzz -- [--requests N] [--seconds N] [--seed N] [--first N]`: random requests against the whole server, until so many are done or the time is over.

const MB = 2 ** 20;
/** What the heap may have more at the end than after the first tenth. */
const MAX_GROWTH = 64 * MB;

const { values } = parseArgs({
  options: { requests: { type: "string" }, seconds: { type: "string" }, seed: { type: "string" }, first: { type: "string" } },
});
const requests = Number(values.requests ?? 1_000_000);
const seconds = Number(values.seconds ?? 3_600);
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
const first = Number(values.first ?? 0);

const target = await startFuzzTarget();
const begun = performance.now();
let printed = begun;
let baseline = 0;

/** Bytes of the heap that are really in use. */
function heap(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

function onDone(done: number): void {
  if (baseline === 0 && done >= requests / 10) baseline = heap();
  const now = performance.now();
  if (now - printed < 10_000) return;
  printed = now;
  const rate = Math.round((done / (now - begun)) * 1000);
  console.log(`${done.toLocaleString("en-US")} requests, ${rate}/s, ${Math.round(process.memoryUsage().rss / MB)} MB`);
}

process.on("uncaughtException", (error) => {
  console.error(`seed ${seed}: the process would have died of`, error);
  process.exit(1);
});

console.log(`seed ${seed}: ${requests.toLocaleString("en-US")} requests, ${seconds} s at most`);
try {
  const signal = AbortSignal.timeout(seconds * 1000);
  const { done, statuses } = await fuzz({ ...target, registry: target.plane.registry, seed, first, requests, signal, onDone });
  const counts = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status || "none"}: ${count.toLocaleString("en-US")}`);
  console.log(`${done.toLocaleString("en-US")} requests done. ${counts.join(", ")}`);
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const grown = baseline > 0 ? heap() - baseline : 0;
  const watchers = await target.watchers();
  console.log(`watchers left: ${watchers}; heap since the first tenth: ${Math.round(grown / MB)} MB`);
  if (target.errors.length > 0) console.error(`logged as errors:\n${target.errors.slice(0, 5).join("\n")}`);
  process.exitCode = watchers > 0 || grown > MAX_GROWTH || target.errors.length > 0 ? 1 : 0;
} catch (error) {
  console.error(error instanceof FuzzFinding ? error.message : error);
  if (target.errors.length > 0) console.error(target.errors.slice(0, 5).join("\n"));
  process.exitCode = 1;
}
await target.close();
