import { spawnSync } from "node:child_process";
import { readdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../errors.ts";
import { type ClusterConfig, checkName, contextName, DEFAULT_NAME, dataDirectory, readConfig } from "./config.ts";
import { isFolder } from "./folder.ts";
import { removeFromKubeconfig } from "./kubeconfig-file.ts";
import { exclusively, stopProcess } from "./process.ts";
import { agentArguments } from "./up.ts";

/** The flags of `wherry down`, as typed. */
export interface DownOptions {
  name?: string;
  dataDir?: string;
  purge?: boolean;
}

/**
 * Stops the cluster: its pods, its network, its processes. The data stays, and the next `up` brings everything back; with `purge` nothing is left. Idempotent.
 */
export async function down(options: DownOptions, program: readonly string[], print: (line: string) => void): Promise<void> {
  const name = options.name ?? DEFAULT_NAME;
  checkName(name);
  const dataDir = dataDirectory(name, options.dataDir);
  if (!isFolder(dataDir, "--data-dir")) return print(`Cluster ${name} is not here: nothing to do`);
  if (process.getuid?.() !== 0)
    throw new UsageError("`wherry down` removes network devices and rules, which only root may: run `sudo wherry down`");
  if (options.purge) checkOurs(dataDir);
  const found = await exclusively(dataDir, async () => {
    const config = readConfig(dataDir);
    await stopProcess(dataDir, "agent");
    await stopProcess(dataDir, "server");
    if (config) clearHost(dataDir, config, program, options.purge ? "--purge" : "--stop-pods");
    if (options.purge && config) await leaveKubeconfig(config, print);
    if (options.purge) removeData(dataDir);
    return config?.name ?? name;
  });
  print(options.purge ? `Cluster ${found} is gone, with its data` : `Cluster ${found} is down; its data is kept in ${dataDir}`);
}

/** A kubeconfig that is none any more is no reason to keep the rest. */
async function leaveKubeconfig({ kubeconfig, name }: ClusterConfig, print: (line: string) => void): Promise<void> {
  try {
    await removeFromKubeconfig(kubeconfig, contextName(name));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    print(`The kubeconfig is left as it is: ${error.message}`);
  }
}

/** What a mistyped --data-dir names is not removed. An `up` that failed early leaves no more than its `run` folder. */
function checkOurs(dataDir: string): void {
  const found = readdirSync(dataDir);
  if (found.includes("cluster.json") || found.every((entry) => entry === "run")) return;
  throw new UsageError(`${dataDir} holds no cluster, so \`wherry down --purge\` does not remove it: name the cluster's own --data-dir`);
}

/** A folder that is a mount of its own cannot be removed, only emptied. */
function removeData(dataDir: string): void {
  for (const entry of readdirSync(dataDir)) rmSync(join(dataDir, entry), { recursive: true, force: true });
  try {
    rmdirSync(dataDir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EBUSY") throw error;
  }
}

function clearHost(dataDir: string, config: ClusterConfig, program: readonly string[], mode: "--purge" | "--stop-pods"): void {
  const done = spawnSync(program[0]!, [...program.slice(1), "agent", ...agentArguments(dataDir, config), mode], {
    encoding: "utf8",
    env: process.env,
  });
  if (done.status !== 0) throw new UsageError(`the host could not be cleared: ${done.error?.message ?? reason(done.stderr)}`);
}

/** The message of the error that ended a program, out of what node prints for it; else its last line. */
function reason(printed: string): string {
  const lines = printed.trim().split("\n");
  const message = lines.map((line) => /^(?:Uncaught )?\w*Error(?: \[\w+\])?: (.*)/.exec(line)?.[1]).find(Boolean);
  return message ?? lines.at(-1) ?? "";
}
