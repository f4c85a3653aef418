import { purgeDataDirectory, systemMounter } from "@wherry/agent";
import { type Logger, limiter } from "@wherry/base";
import type { NetworkDriver } from "@wherry/network";
import type { ContainerRuntime } from "@wherry/runtime";

/** How long processes may take to end before they are killed. */
const GRACE_SECONDS = 10;
const AT_ONCE = 8;

/**
 * Ends everything that the cluster runs on this host: containers in order, then its network and its mounts. With `purge` the agent's data goes, too. Only
 * when no agent runs.
 */
export async function clearHost(options: {
  runtime: ContainerRuntime;
  network: NetworkDriver;
  dataDir: string;
  purge: boolean;
  log: Logger;
}): Promise<void> {
  const { runtime, network, dataDir, purge, log } = options;
  const { containers, sandboxes } = await runtime.list();
  log.info("clearing the host", { containers: containers.length, sandboxes: sandboxes.length });
  const turn = limiter(AT_ONCE);
  const running = containers.filter((c) => c.state === "running");
  await Promise.all(running.map((c) => turn(() => runtime.stopContainer(c.id, purge ? 0 : GRACE_SECONDS))));
  await runtime.purge();
  await network.teardown();
  if (purge) return purgeDataDirectory(dataDir, systemMounter);
  for (const path of await systemMounter.mountsUnder(dataDir)) await systemMounter.unmount(path);
}
