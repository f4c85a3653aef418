import { readdirSync } from "node:fs";
import { basename, delimiter, join } from "node:path";
import type { Command } from "commander";
import { UsageError } from "../errors.ts";
import { isExecutable, PREFIXES } from "../plugins.ts";
import type { Verb } from "../verb.ts";

interface Options {
  nameOnly?: boolean;
}

/** `wherry plugin`. */
export const verb: Verb = {
  description: "programs named kubectl-NAME or wherry-NAME on the PATH, which run as `wherry NAME`",
  verbs: {
    list: {
      description: "list them",
      flags: (command) => command.option("--name-only", "without their folders"),
      run: async (_, options: Options, { write }) => list(options, write),
    },
  },
};

/** Source: kubectl pkg/cmd/plugin/plugin.go. */
async function list({ nameOnly }: Options, write: (text: string) => void): Promise<void> {
  const found = [...new Set((process.env.PATH ?? "").split(delimiter))].filter((folder) => folder.trim()).flatMap(pluginsIn);
  if (!found.length) throw new UsageError("unable to find any kubectl plugins in your PATH");
  write("The following compatible plugins are available:\n\n");
  const { buildProgram } = await import("../program.ts");
  const program = await buildProgram([], { write, program: [], exit: () => undefined });
  const seen = new Map<string, string>();
  let warnings = 0;
  for (const path of found) {
    write(`${nameOnly ? basename(path) : path}\n`);
    const warning = warningOf(path, seen, program);
    if (!warning) continue;
    process.stderr.write(`  - warning: ${warning}\n`);
    warnings++;
  }
  if (warnings) throw new UsageError(warnings === 1 ? "one plugin warning was found" : `${warnings} plugin warnings were found`);
}

function pluginsIn(folder: string): string[] {
  try {
    const files = readdirSync(folder, { withFileTypes: true }).filter((file) => !file.isDirectory());
    return files
      .map(({ name }) => name)
      .filter((name) => PREFIXES.some((prefix) => name.startsWith(`${prefix}-`)))
      .toSorted()
      .map((name) => join(folder, name));
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    const why = missing ? `open ${folder}: no such file or directory` : (error as Error).message;
    process.stderr.write(`Unable to read directory ${JSON.stringify(folder)} from your PATH: ${why}. Skipping...\n`);
    return [];
  }
}

function warningOf(path: string, seen: Map<string, string>, program: Command): string | undefined {
  const name = basename(path);
  const command = commandFor(name.split("-").slice(1), program);
  if (command) return `${name} overwrites existing command: "kubectl ${command}"`;
  if (!isExecutable(path)) return `${path} identified as a kubectl plugin, but it is not executable`;
  const other = seen.get(name);
  if (other) return `${path} is overshadowed by a similarly named plugin: ${other}`;
  seen.set(name, path);
  return undefined;
}

/** The words of the longest command that these words name; undefined when they name none. */
function commandFor([word, ...rest]: string[], program: Command): string | undefined {
  const found = program.commands.find((command) => command.name() === word || command.aliases().includes(word ?? ""));
  return found && [found.name(), commandFor(rest, found)].filter(Boolean).join(" ");
}
