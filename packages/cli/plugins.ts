import { accessSync, constants, statSync } from "node:fs";
import { constants as os } from "node:os";
import { basename, delimiter, join } from "node:path";
import { UsageError } from "./errors.ts";

/** What the names of plugins begin with: kubectl's own work here, too. */
export const PREFIXES = ["wherry", "kubectl"] as const;

/** A program for words that are no verb of ours. */
export interface Plugin {
  path: string;
  /** The words that it is given. */
  words: string[];
}

/**
 * The program on the PATH whose name has the most of the words: `wherry foo bar` is `kubectl-foo-bar`, or else `kubectl-foo` with the word `bar`. Undefined when there
 * is none. Source: kubectl pkg/cmd/plugin.go, HandlePluginCommand.
 */
export function findPlugin(words: readonly string[], least = 1): Plugin | undefined {
  const flag = words.findIndex((word) => word.startsWith("-"));
  const names = words.slice(0, flag < 0 ? undefined : flag).map((word) => word.replaceAll("-", "_"));
  if (names.some((name) => name.includes("/"))) return undefined;
  for (let count = names.length; count >= least; count--) {
    for (const prefix of PREFIXES) {
      const path = onPath([prefix, ...names.slice(0, count)].join("-"));
      if (path) return { path, words: words.slice(count) };
    }
  }
  return undefined;
}

function onPath(name: string): string | undefined {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

/** Whether a file is there that may be run. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Runs it on this terminal, and gives its exit code. Throws a UsageError when it cannot be started. */
export async function runPlugin({ path, words }: Plugin): Promise<number> {
  const { spawn } = await import("node:child_process");
  const child = spawn(path, words, { stdio: "inherit" });
  // The terminal tells the plugin, too; this process stays to give its exit code.
  const ignore = () => undefined;
  const pass = (signal: NodeJS.Signals) => void child.kill(signal);
  process.on("SIGINT", ignore).on("SIGTERM", pass);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once("error", (error) => reject(new UsageError(`the plugin ${basename(path)} cannot be started: ${error.message}`)));
      child.once("close", (code, signal) => resolve(code ?? 128 + (signal ? os.signals[signal] : 0)));
    });
  } finally {
    process.off("SIGINT", ignore).off("SIGTERM", pass);
  }
}
