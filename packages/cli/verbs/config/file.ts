import { existsSync, readFileSync } from "node:fs";
import type { Command } from "commander";
import { userKubeconfig } from "../../cluster/kubeconfig-file.ts";

/** The flag of all verbs of `config`. */
export interface ConfigOptions {
  kubeconfig?: string;
}

/** Declares it. */
export const configFlag = (command: Command): Command =>
  command.option("--kubeconfig <file>", "the kubeconfig to use instead of the user's own");

/** A kubeconfig as it stands in its file. */
export interface ConfigFile {
  contexts?: { name: string; context: { cluster?: string; user?: string; namespace?: string } }[];
  clusters?: { name: string; cluster: Record<string, unknown> }[];
  users?: { name: string; user: Record<string, unknown> }[];
  "current-context"?: string;
}

/** The file that is meant. */
export const pathOf = ({ kubeconfig }: ConfigOptions): string => kubeconfig ?? userKubeconfig();

/** Its content; empty when there is no file. */
export async function readConfig(options: ConfigOptions): Promise<ConfigFile> {
  const path = pathOf(options);
  if (!existsSync(path)) return {};
  return ((await import("yaml")).parse(readFileSync(path, "utf8")) as ConfigFile | null) ?? {};
}
