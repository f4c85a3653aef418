import { spawn } from "node:child_process";
import { once } from "node:events";
import { execPath } from "node:process";
import { systemClock } from "@wherry/base";
import { dockerSocket } from "@wherry/e2e/cluster.ts";
import { buildImages } from "@wherry/images/build.ts";
import { report } from "./report.ts";
import { withCluster } from "./scene/bench-cluster.ts";
import { deploy, PodWatch } from "./scene/pods.ts";
import { cpuMs, memory, memoryTogether } from "./scene/process-usage.ts";

// What server and agent need while three pods run and nobody asks for anything. The unit is a Node process that waits.

const SETTLE_MS = 10_000;
const WINDOW_MS = 30_000;
const MEMORY_MB = 150;
const CPU_PERCENT = 1;

await buildImages(["busybox"], dockerSocket());
await withCluster(async (cluster) => {
  const client = await cluster.client();
  const pods = await PodWatch.start(client);
  await deploy(client, pods, "idle", 3);
  pods.stop();
  client.close();
  const node = spawn(execPath, ["--eval", "setInterval(() => {}, 2 ** 31 - 1)"], { stdio: "ignore" });
  await once(node, "spawn");
  const processes = { server: cluster.pid("server"), agent: cluster.pid("agent"), node: node.pid! };
  const names = Object.keys(processes) as (keyof typeof processes)[];
  await systemClock.sleep(SETTLE_MS);
  const before = names.map((name) => cpuMs(processes[name]));
  await systemClock.sleep(WINDOW_MS);
  const used = names.map((name, i) => {
    const percent = ((cpuMs(processes[name]) - before[i]!) / WINDOW_MS) * 100;
    return { name, percent, ...memory(processes[name]) };
  });
  const together = memoryTogether([processes.server, processes.agent]);
  node.kill();
  const [server, agent, alone] = used as [(typeof used)[0], (typeof used)[0], (typeof used)[0]];
  for (const { name, rss, pss, percent } of [server, agent]) {
    report({ name: `idle.${name}.rss`, value: rss, unit: " MB", peer: { name: "node that waits", value: alone.rss } });
    report({ name: `idle.${name}.pss`, value: pss, unit: " MB", peer: { name: "node that waits", value: alone.pss } });
    report({ name: `idle.${name}.cpu`, value: percent, unit: " % of a core", peer: { name: "node that waits", value: alone.percent } });
  }
  const twice = { name: "two of node that wait", value: 2 * alone.rss };
  report({ name: "idle.sum-of-rss", value: server.rss + agent.rss, unit: " MB", peer: twice });
  report({ name: "idle.together", value: together, unit: " MB", peer: twice, limit: MEMORY_MB });
  const percent = server.percent + agent.percent;
  report({
    name: "idle.cpu",
    value: percent,
    unit: " % of a core",
    peer: { name: twice.name, value: 2 * alone.percent },
    limit: CPU_PERCENT,
  });
});
