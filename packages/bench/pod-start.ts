import { randomUUID } from "node:crypto";
import { Pod } from "@wherry/api";
import { dockerSocket } from "@wherry/e2e/cluster.ts";
import { buildImages } from "@wherry/images/build.ts";
import { COMMAND, dockerRun, IMAGE, LABEL, removeContainers } from "./peers/docker.ts";
import { closeEngine, engineCall } from "./peers/engine.ts";
import { reportTimes, sampleInTurns, timed } from "./samples.ts";
import { withCluster } from "./scene/bench-cluster.ts";
import { PodWatch, podOf, runs } from "./scene/pods.ts";

// A pod, from its creation until the API says that it runs, against a plain container: by `docker run --detach`, and by the two calls behind it.

const ROUNDS = 40;

async function plainRun(): Promise<number> {
  let id = "";
  const took = await timed(async () => {
    id = await dockerRun();
  });
  await removeContainers([id]);
  return took;
}

async function engineRun(): Promise<number> {
  let id = "";
  const took = await timed(async () => {
    const body = { Image: IMAGE, Cmd: COMMAND, Labels: { [LABEL]: "" }, StopSignal: "KILL" };
    id = (await engineCall<{ Id: string }>("POST", "/containers/create", body)).Id;
    await engineCall("POST", `/containers/${id}/start`);
  });
  await removeContainers([id]);
  return took;
}

await buildImages(["busybox"], dockerSocket());
await withCluster(async (cluster) => {
  const client = await cluster.client();
  const pods = await PodWatch.start(client);
  const podRun = async () => {
    const name = `pod-${randomUUID()}`;
    const took = await timed(async () => {
      await client.create(Pod, podOf(name));
      await pods.until((all) => runs(all.get(name)));
    });
    await client.delete(Pod, { name, namespace: "default" });
    await pods.until((all) => !all.has(name));
    return took;
  };
  const samples = await sampleInTurns(ROUNDS, { pod: podRun, plain: plainRun, engine: engineRun }, 2);
  pods.stop();
  reportTimes("pod-start", samples.pod, { name: "docker run --detach", values: samples.plain }, { atMost: 0.5 });
  reportTimes("pod-start.without-cli", samples.pod, { name: "the engine's create and start", values: samples.engine });
});
closeEngine();
