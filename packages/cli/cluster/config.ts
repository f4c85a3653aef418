import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { UsageError } from "../errors.ts";
import { makeFolder } from "./folder.ts";

/** What `up` decided once and keeps: the cluster answers at the same address and uses the same ranges after every restart. */
export interface ClusterConfig {
  /** Layout of the data directory. A newer one is refused. */
  version: number;
  name: string;
  apiPort: number;
  podCIDR: string;
  serviceCIDR: string;
  /** Path of the Docker Engine's socket. */
  docker: string;
  nodeName: string;
  /** The host's own address, as other hosts and pods reach it. */
  nodeIP: string;
  /** The kubeconfig that `up` wrote to. */
  kubeconfig: string;
}

/** The layout this program writes. */
export const DATA_VERSION = 1;

/** The name of the cluster when none is given. */
export const DEFAULT_NAME = "default";

/** The kubeconfig context of a cluster: `wherry`, or `wherry-NAME`. */
export const contextName = (name: string): string => (name === DEFAULT_NAME ? "wherry" : `wherry-${name}`);

/** Where a cluster's data lives: the system's place for root, the user's own otherwise. */
export function dataDirectory(name: string, given?: string): string {
  if (given) return resolve(given);
  const base = process.getuid?.() === 0 ? "/var/lib/wherry" : join(process.env.XDG_DATA_HOME ?? join(homedir(), ".local/share"), "wherry");
  return join(base, name);
}

/** Refuses names that could not be part of a context, a device or a folder. */
export function checkName(name: string): void {
  if (!/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/.test(name)) {
    throw new UsageError(
      `--name ${JSON.stringify(name)}: use 1 to 32 lower-case letters, digits and '-', beginning and ending with a letter or digit`,
    );
  }
}

/** The saved configuration; undefined when `up` never ran with this directory. */
export function readConfig(dataDir: string): ClusterConfig | undefined {
  const path = configPath(dataDir);
  if (!existsSync(path)) return undefined;
  const config = parseConfig(path, readFileSync(path, "utf8"));
  if (config.version > DATA_VERSION) {
    throw new UsageError(
      `${dataDir} was written by a newer wherry (data version ${config.version}, this one knows ${DATA_VERSION}): use that version, or another --data-dir`,
    );
  }
  return config;
}

function parseConfig(path: string, text: string): ClusterConfig {
  try {
    const config: ClusterConfig | null = JSON.parse(text);
    if (!Number.isInteger(config?.version)) throw new Error("it has no version");
    return config as ClusterConfig;
  } catch (error) {
    throw new UsageError(`${path} is damaged (${(error as Error).message}): restore it, or start afresh with another --data-dir`);
  }
}

/** Saves atomically, readable by its owner only. What is saved already is not written again. */
export function writeConfig(dataDir: string, config: ClusterConfig): void {
  makeFolder(dataDir, "--data-dir");
  const path = configPath(dataDir);
  const text = `${JSON.stringify(config, null, 2)}\n`;
  if (existsSync(path) && readFileSync(path, "utf8") === text) return;
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

const configPath = (dataDir: string) => join(dataDir, "cluster.json");
