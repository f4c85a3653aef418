import { readFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../errors.ts";
import { type ClusterConfig, checkName, contextName, DEFAULT_NAME, dataDirectory, readConfig, writeConfig } from "./config.ts";
import { decide, portTaken, type UpOptions } from "./decide.ts";
import { requireEngine } from "./docker-ping.ts";
import { isDiskFull } from "./folder.ts";
import { hostLock } from "./host-lock.ts";
import { checkKubeconfig, mergeKubeconfig } from "./kubeconfig-file.ts";
import { exclusively, runningPid, startProcess } from "./process.ts";

/**
 * Brings the cluster up, or the parts of it that do not run, and returns when the node is Ready. Idempotent.
 * `program` is the command line that runs this wherry.
 */
export async function up(options: UpOptions, program: readonly string[], print: (line: string) => void): Promise<void> {
  const name = options.name ?? DEFAULT_NAME;
  checkName(name);
  if (process.getuid?.() !== 0)
    throw new UsageError("`wherry up` makes network devices and rules, which only root may: run `sudo wherry up`");
  const dataDir = dataDirectory(name, options.dataDir);
  await exclusively(dataDir, async () => {
    const saved = readConfig(dataDir);
    // Ports and ranges are free until somebody takes them: nobody else chooses until this cluster has what it chose.
    const lock = await hostLock("up", () => print("Waiting until another cluster is up"));
    try {
      const begun = performance.now();
      const config = await decide(name, options, saved, runningPid(dataDir, "server") !== undefined);
      await Promise.all([requireEngine(config.docker), checkKubeconfig(config.kubeconfig)]);
      writeConfig(dataDir, config);
      const was = await startParts(dataDir, config, program);
      await mergeKubeconfig(config.kubeconfig, readFileSync(adminKubeconfig(dataDir), "utf8"));
      const took = was ? "was up already" : `is up after ${((performance.now() - begun) / 1000).toFixed(1)} s`;
      print(`Cluster ${config.name} ${took}: https://127.0.0.1:${config.apiPort}, node ${config.nodeName}`);
      print(`kubectl --kubeconfig ${config.kubeconfig} --context ${contextName(config.name)} get nodes`);
    } catch (error) {
      throw isDiskFull(error) ? new UsageError(`no space is left for ${dataDir}: free some, and run \`wherry up\` again`) : error;
    } finally {
      await lock.release();
    }
  });
}

/** Starts the parts that do not run; says whether all did. */
async function startParts(dataDir: string, config: ClusterConfig, program: readonly string[]): Promise<boolean> {
  const serverRuns = runningPid(dataDir, "server") !== undefined;
  if (!serverRuns) {
    await startProcess(dataDir, "server", program, serverArguments(dataDir, config)).catch((error: Error) => {
      throw error.message.includes("EADDRINUSE") ? portTaken(config.apiPort) : error;
    });
  }
  const agentRuns = runningPid(dataDir, "agent") !== undefined;
  if (!agentRuns) await startProcess(dataDir, "agent", program, agentArguments(dataDir, config));
  return serverRuns && agentRuns;
}

/** Where the server leaves the admin's kubeconfig. */
export const adminKubeconfig = (dataDir: string): string => join(dataDir, "pki", "admin.kubeconfig");

function serverArguments(dataDir: string, c: ClusterConfig): string[] {
  return [
    ...["--name", c.name, "--data-dir", dataDir, "--api-port", String(c.apiPort), "--node-name", c.nodeName],
    ...["--advertise-address", c.nodeIP, "--pod-cidr", c.podCIDR, "--service-cidr", c.serviceCIDR],
  ];
}

/** The flags of the agent that runs on the control plane's own host. */
export function agentArguments(dataDir: string, c: ClusterConfig): string[] {
  return [
    ...["--name", c.name, "--data-dir", dataDir, "--node-name", c.nodeName, "--node-ip", c.nodeIP, "--docker", c.docker],
    ...["--pod-cidr", c.podCIDR, "--service-cidr", c.serviceCIDR],
    ...["--credentials", join(dataDir, "pki", "nodes", `${c.nodeName}.json`)],
  ];
}
