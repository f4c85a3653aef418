import type { Command } from "commander";
import { connectionFlags } from "./flags.ts";
import type { VerbCommand } from "./verb-command.ts";

/** What verbs work with: where text goes, and the command line that runs this program (for `up` to start its parts). */
export interface Terminal {
  write(text: string): void;
  program: readonly string[];
  /** Sets the exit code of a verb that succeeded but has one to give, such as `exec`. */
  exit(code: number): void;
}

/** What a verb is called with beside its words and flags. */
export interface Call extends Terminal {
  /** How many of the words stood before a lone `--`; undefined when there was none. */
  beforeDash: number | undefined;
}

/** What the words of a verb name, for completion. */
export type Completes =
  | "objects"
  | "types"
  | "pods"
  | "pod-names"
  | "nodes"
  | "contexts"
  | "clusters"
  | "users"
  | "service-accounts"
  | "signing-requests"
  | "shells"
  | "files";

/**
 * A verb as its file in `verbs/` declares it. Options reach `run` as commander names them: `--dry-run` is `dryRun`, and `--no-wait` makes `wait` false.
 */
export interface Verb {
  /** One line for the list of verbs. */
  description: string;
  /** What may follow the name, for the help: `TYPE [NAME...]`. Without it any word is an error. */
  words?: string;
  /** What its words name: a type and objects of it, pods ... Nothing is suggested without it. */
  completes?: Completes;
  /** Other names, for a verb below another. */
  aliases?: readonly string[];
  /** Whether it talks to a cluster, and so takes `--kubeconfig`, `--context` and `--namespace`. */
  client?: boolean;
  /** Declares its flags. */
  flags?(command: Command): void;
  /** Verbs below this one, as in `rollout status`. */
  verbs?: Readonly<Record<string, Verb>>;
  /** A verb without it only holds others, or is run by another program. */
  run?(words: string[], options: never, call: Call): Promise<void>;
}

/** Gives a command what the verb declares. */
export function declareVerb(command: VerbCommand, verb: Verb, terminal: Terminal): void {
  command.description(verb.description);
  if (verb.completes) command.completes = verb.completes;
  if (verb.words) command.argument("[words...]").usage(`${verb.words} [flags]`);
  for (const alias of verb.aliases ?? []) command.alias(alias);
  verb.flags?.(command);
  if (verb.client) connectionFlags(command);
  for (const [name, below] of Object.entries(verb.verbs ?? {})) declareVerb(command.command(name), below, terminal);
  const { run } = verb;
  if (!run) return;
  command.action(function (this: VerbCommand) {
    return run([...this.args], optionsOf(this, verb), { ...terminal, beforeDash: this.beforeDash });
  });
}

/** The flags before the verb hold for it, too, when it takes them. */
function optionsOf(command: VerbCommand, verb: Verb): never {
  const own: object = command.opts();
  const all: object = command.optsWithGlobals();
  if (verb.client) return { ...all, ...own } as never;
  const given = Object.keys(all).filter((key) => !(key in own));
  const foreign = command.root().options.find((o) => given.includes(o.attributeName()));
  if (foreign) command.error(`unknown flag: ${foreign.long}`, { code: "commander.unknownOption" });
  return own as never;
}
