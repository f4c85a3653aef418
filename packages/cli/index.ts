import { constants } from "node:os";
import { CommanderError } from "commander";
import { UsageError } from "./errors.ts";
import type { Plugin } from "./plugins.ts";
import { buildProgram, verbOf } from "./program.ts";
import { sentence } from "./sentence.ts";

/**
 * Runs one command line and gives its exit code. `self` is the command line that runs this program, for the parts that `up` starts. Every failure is printed to
 * standard error as a sentence; only a defect of the program shows a stack.
 */
export async function main(words: readonly string[], self: readonly string[]): Promise<number> {
  endQuietly(process.stdout);
  let code = 0;
  const terminal = {
    write: (text: string) => void process.stdout.write(text),
    program: self,
    exit: (value: number) => {
      code = value;
    },
  };
  if (words[0] === "__complete") return suggest(words.slice(1), terminal.write);
  try {
    const plugin = await pluginOf(words);
    if (plugin) return await (await import("./plugins.ts")).runPlugin(plugin);
    await (await buildProgram(words, terminal)).parseAsync([...words], { from: "user" });
    return code;
  } catch (error) {
    return report(error, verbOf(words));
  }
}

/** The program that the words call, when they are no verb of ours. A subtype that `create` has not may be one, too. */
async function pluginOf(words: readonly string[]): Promise<Plugin | undefined> {
  const [first = "", second = ""] = words;
  if (first === "create" && second && !second.startsWith("-") && !words.includes("-f")) {
    const plugin = (await import("./plugins.ts")).findPlugin(words, 2);
    const known = plugin && (await buildProgram(words, { write: () => undefined, program: [], exit: () => undefined })).commands;
    const subtypes = known?.find((command) => command.name() === "create")?.commands ?? [];
    return subtypes.some((command) => command.name() === second || command.aliases().includes(second)) ? undefined : plugin;
  }
  if (verbOf(words) !== undefined || first === "" || first === "help") return undefined;
  const { findPlugin } = await import("./plugins.ts");
  if (!first.startsWith("-")) return findPlugin(words);
  const name = words.findIndex((word, i) => i > 0 && !word.startsWith("-") && findPlugin([word]));
  if (name > 0 && !words.includes("--help")) throw new UsageError(`flags cannot be placed before plugin name: ${first}`);
  return undefined;
}

/** Who reads may have seen enough, as `head` has: then this program ends as if it were told to. */
function endQuietly(out: NodeJS.WriteStream): void {
  if (out.listenerCount("error")) return;
  out.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(128 + constants.signals.SIGPIPE);
  });
}

/** What the shells' scripts ask for. */
async function suggest(words: readonly string[], write: (text: string) => void): Promise<number> {
  const { complete } = await import("./completion/complete.ts");
  const { candidates, after } = await complete(words);
  for (const { text, about } of candidates) write(`${text}${about ? `\t${about}` : ""}\n`);
  write(`:${after}\n`);
  return 0;
}

function report(error: unknown, verb: string | undefined): number {
  if (error instanceof CommanderError) return reportUsage(error, verb);
  const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
  // What went wrong alike for several objects is said once.
  for (const text of new Set(errors.map(sentence))) process.stderr.write(`${text}\n`);
  return 1;
}

/** Words that could not be read as a command line. The help is an "error" of commander's, too. */
function reportUsage({ code, message, exitCode }: CommanderError, verb: string | undefined): number {
  if (!code.startsWith("commander.help"))
    process.stderr.write(`error: ${usageMessage(code, message)}\nSee 'wherry ${verb === undefined ? "" : `${verb} `}--help' for usage.\n`);
  return exitCode;
}

/** Source of the wording: github.com/spf13/pflag and cobra. */
function usageMessage(code: string, message: string): string {
  const text = message.replace(/^error: /, "").replace(/\n\(Did you mean (.*)\?\)$/, "\n\nDid you mean this?\n\t$1\n");
  const quoted = /'([^']*)'/.exec(text)?.[1] ?? "";
  if (code === "commander.unknownCommand")
    return text.replace(/^unknown command '[^']*'/, `unknown command ${JSON.stringify(quoted)} for "wherry"`);
  if (code === "commander.optionMissingArgument") return `flag needs an argument: ${/--[a-z-]+/.exec(quoted)?.[0] ?? quoted}`;
  if (code === "commander.unknownOption" && quoted) return text.replace(/^unknown option '[^']*'/, unknownFlag(quoted));
  return text;
}

const unknownFlag = (flag: string) =>
  flag.startsWith("--") ? `unknown flag: ${flag.replace(/=.*/s, "")}` : `unknown shorthand flag: '${flag[1]}' in ${flag}`;
