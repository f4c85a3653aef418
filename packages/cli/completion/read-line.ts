import type { Command, Option } from "commander";

/** What stands before the cursor. */
export interface Line {
  /** The verb that the words name, or the one below it. */
  command: Command;
  /** Words that are neither verbs nor flags nor their values. */
  positionals: string[];
  /** The flags that were given, by commander's names. */
  options: Record<string, string | true>;
  /** The flag whose value is being typed; `current` is that value. */
  pending: Option | undefined;
  /** What is typed so far of the last word, without the `--flag=` before it. */
  current: string;
  /** What must stand before a candidate again: `--flag=`. */
  prefix: string;
  /** Everything after a lone `--` belongs to another program. */
  foreign: boolean;
}

/** Reads a command line as far as it is typed; the last word is the one under the cursor. `program` has the named verb declared. */
export function readLine(program: Command, words: readonly string[]): Line {
  const line: Line = {
    command: program,
    positionals: [],
    options: {},
    pending: undefined,
    current: words.at(-1) ?? "",
    prefix: "",
    foreign: false,
  };
  for (const word of words.slice(0, -1)) readWord(line, word);
  const [, flag, value] = /^(--[^=]+)=(.*)$/s.exec(line.current) ?? [];
  if (flag && !line.pending && !line.foreign)
    Object.assign(line, { pending: declared(line.command, flag), current: value ?? "", prefix: `${flag}=` });
  return line;
}

function readWord(line: Line, word: string): void {
  if (line.foreign) return;
  if (line.pending) {
    line.options[line.pending.attributeName()] = word;
    line.pending = undefined;
    return;
  }
  if (word === "--") {
    line.foreign = true;
    return;
  }
  if (word.startsWith("-")) {
    readFlag(line, word);
    return;
  }
  const below = line.positionals.length ? undefined : line.command.commands.find((c) => c.name() === word || c.aliases().includes(word));
  if (below) line.command = below;
  else line.positionals.push(word);
}

function readFlag(line: Line, word: string): void {
  const [, flag = word, value] = /^(--?[^=]+)(?:=(.*))?$/s.exec(word) ?? [];
  const option = declared(line.command, flag) ?? declared(line.command, flag.slice(0, 2));
  if (!option) return;
  const attached = value ?? (!flag.startsWith("--") && flag.length > 2 && option.required ? flag.slice(2) : undefined);
  if (attached !== undefined) line.options[option.attributeName()] = attached;
  else if (option.required) line.pending = option;
  else line.options[option.attributeName()] = true;
}

/** The flag as the verb declares it, or a verb above. */
function declared(command: Command | null, flag: string): Option | undefined {
  return command?.options.find((o) => o.long === flag || o.short === flag) ?? (command ? declared(command.parent, flag) : undefined);
}
