import { execPath } from "node:process";
import { run } from "@wherry/e2e/cluster.ts";
import { report } from "./report.ts";
import { percentile, sampleInTurns, timed } from "./samples.ts";
import { newCluster } from "./scene/bench-cluster.ts";

// `wherry up` until it returns, which is when the node is Ready: with no data, with the data of a cluster that was down, and with a cluster whose server
// and agent were killed. What Node itself needs to start is the unit.

const ROUNDS = 5;

const node = () => timed(() => run(execPath, ["--eval", "0"]));

async function fresh(): Promise<number> {
  const cluster = await newCluster();
  try {
    return await timed(() => cluster.up());
  } finally {
    await cluster.remove();
  }
}

const starts = await sampleInTurns(ROUNDS, { fresh, node });
const cluster = await newCluster();
await cluster.up();
try {
  const again = async () => {
    await cluster.down();
    return timed(() => cluster.up());
  };
  const killed = async () => {
    for (const role of ["agent", "server"] as const) process.kill(cluster.pid(role), "SIGKILL");
    return timed(() => cluster.up());
  };
  const later = await sampleInTurns(ROUNDS, { again, killed, node });
  const tell = (name: string, values: readonly number[], nodes: readonly number[]) =>
    report({
      name: `cold-start.${name}`,
      value: percentile(values, 0.5),
      unit: " ms",
      peer: { name: "node -e 0", value: percentile(nodes, 0.5) },
      limit: 3000,
    });
  tell("no-data", starts.fresh, starts.node);
  tell("after-down", later.again, later.node);
  tell("after-kill", later.killed, later.node);
} finally {
  await cluster.remove();
}
