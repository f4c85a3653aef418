import { dockerSocket } from "@wherry/e2e/cluster.ts";
import { eventually } from "@wherry/e2e/eventually.ts";
import { buildImages } from "@wherry/images/build.ts";
import { docker } from "./peers/docker.ts";
import { closeEngine } from "./peers/engine.ts";
import * as swarm from "./peers/swarm.ts";
import { report } from "./report.ts";
import { percentile, sampleInTurns, timed } from "./samples.ts";
import { NAME, withCluster } from "./scene/bench-cluster.ts";
import { deploy, PodWatch, undeploy } from "./scene/pods.ts";

// A Deployment, from its creation until all its pods run, against a service of Docker Swarm with as many tasks: the first of a cluster, and later ones.

const REPLICAS = 50;
const ROUNDS = 2;

async function service(): Promise<number> {
  const took = await timed(async () => {
    await swarm.create(REPLICAS);
    await swarm.whenRunning(REPLICAS);
  });
  await swarm.remove();
  return took;
}

/** After a burst the agent keeps as many sandboxes warm as it took: until it has them, it would take time from the peer. */
async function whenSandboxesAreWarm(): Promise<void> {
  // By name: those of the pods before are still on their way out.
  const filter = `name=wherry_${NAME}_warm_`;
  await eventually(async () => (await docker("ps", "--quiet", "--filter", filter)).split("\n").length >= REPLICAS, 120);
}

await buildImages(["busybox"], dockerSocket());
await swarm.prepare();
try {
  await withCluster(async (cluster) => {
    const client = await cluster.client();
    const pods = await PodWatch.start(client);
    const deployment = async () => {
      const took = await timed(() => deploy(client, pods, "replicas", REPLICAS));
      await undeploy(client, pods, "replicas");
      await whenSandboxesAreWarm();
      return took;
    };
    const first = await deployment();
    const samples = await sampleInTurns(ROUNDS, { deployment, service }, 0);
    pods.stop();
    const peer = { name: `a Swarm service of ${REPLICAS}`, value: percentile(samples.service, 0.5) };
    report({ name: `replicas.${REPLICAS}.first`, value: first, unit: " ms", peer });
    report({ name: `replicas.${REPLICAS}`, value: percentile(samples.deployment, 0.5), unit: " ms", peer, goal: { atMost: 0.25 } });
  });
} finally {
  await swarm.clear();
  closeEngine();
}
