import type { Pod } from "@wherry/api";
import { dockerSocket } from "@wherry/e2e/cluster.ts";
import { buildImages } from "@wherry/images/build.ts";
import { closeEngine, engineCall } from "./peers/engine.ts";
import * as swarm from "./peers/swarm.ts";
import { reportTimes, sampleInTurns, timed } from "./samples.ts";
import { withCluster } from "./scene/bench-cluster.ts";
import { deploy, PodWatch, podsOf, runs } from "./scene/pods.ts";

// A container that is killed, until another one runs in its place, against a task of Docker Swarm whose restart delay is zero. Each container is killed
// once: the second time Kubernetes waits on purpose.

const ROUNDS = 20;
const NAME = "replacement";

const kill = (container: string) => engineCall("POST", `/containers/${container}/kill`);
const containerOf = (pod: Pod | undefined) => pod?.status?.containerStatuses?.[0]?.containerID?.replace(/^docker:\/\//, "") ?? "";

async function replacedTask(killed: Set<string>): Promise<number> {
  const [container = ""] = await swarm.whenRunning(ROUNDS, killed);
  killed.add(container);
  return timed(async () => {
    await kill(container);
    await swarm.whenRunning(ROUNDS, killed);
  });
}

async function replacedContainer(pods: PodWatch, left: string[]): Promise<number> {
  const name = left.pop() ?? "";
  const before = containerOf(pods.all.get(name));
  return timed(async () => {
    await kill(before);
    await pods.until((all) => runs(all.get(name)) && containerOf(all.get(name)) !== before);
  });
}

await buildImages(["busybox"], dockerSocket());
await swarm.prepare();
try {
  await withCluster(async (cluster) => {
    const client = await cluster.client();
    const pods = await PodWatch.start(client);
    await deploy(client, pods, NAME, ROUNDS);
    await swarm.create(ROUNDS);
    const left = podsOf(pods.all, NAME).map((pod) => pod.metadata.name);
    const killed = new Set<string>();
    const samples = await sampleInTurns(ROUNDS, { pod: () => replacedContainer(pods, left), task: () => replacedTask(killed) }, 0);
    pods.stop();
    reportTimes("replacement", samples.pod, { name: "Swarm with --restart-delay 0", values: samples.task }, { atMost: 0.5 });
    await swarm.remove();
  });
} finally {
  await swarm.clear();
  closeEngine();
}
