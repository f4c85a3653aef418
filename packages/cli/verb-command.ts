import { Command, type Option } from "commander";
import type { Completes } from "./verb.ts";

/** What `--flag=VALUE` takes for a flag that is on or off. Source: Go's strconv.ParseBool. */
const BOOLEANS: Readonly<Record<string, boolean>> = {
  ...{ 1: true, t: true, T: true, true: true, TRUE: true, True: true },
  ...{ 0: false, f: false, F: false, false: false, FALSE: false, False: false },
};

/**
 * A command that reads flags as kubectl does: `--wait=false` and `-n=default` are understood, a flag whose value may be left out never takes the next word for it,
 * and what stands after `--` is told apart.
 */
export class VerbCommand extends Command {
  /** What its words name, for completion. */
  completes: Completes | undefined;
  /** How many words stood before `--`; undefined when there was none. */
  beforeDash: number | undefined;

  override createCommand(name?: string): VerbCommand {
    return new VerbCommand(name);
  }

  /** The program that this command is part of. */
  root(): Command {
    let command: Command = this;
    while (command.parent) command = command.parent;
    return command;
  }

  override parseOptions(argv: string[]): { operands: string[]; unknown: string[] } {
    const dash = argv.indexOf("--");
    const head = dash < 0 ? argv : argv.slice(0, dash);
    const read = head.flatMap((word) => this.#normal(word));
    if (dash < 0 || this.commands.length) return super.parseOptions([...read, ...argv.slice(head.length)]);
    const { operands, unknown } = super.parseOptions(read);
    this.beforeDash = operands.length;
    return { operands: [...operands, ...argv.slice(dash + 1)], unknown };
  }

  #normal(word: string): string[] {
    const [, flag, value] = /^(-[A-Za-z]|--[^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (flag === undefined) return [word];
    const option = this.#declared(flag);
    if (!option) return this.#positive(flag, value) ?? [word];
    if (option.optional) return [value === undefined && option.presetArg !== undefined ? `${option.long}=${option.presetArg}` : word];
    if (value === undefined) return [word];
    if (option.required) return flag.startsWith("--") ? [word] : [flag, value];
    if (BOOLEANS[value] === undefined) return [word];
    if (BOOLEANS[value]) return [flag];
    if (this.#declared(`--no-${option.name()}`)) return [`--no-${option.name()}`];
    // Off is not the same as not given, where what is not given follows from other flags.
    this.setOptionValueWithSource(option.attributeName(), false, "cli");
    return [];
  }

  /** `--wait` where only `--no-wait` is declared. */
  #positive(flag: string, value = "true"): string[] | undefined {
    const opposite = this.#declared(`--no-${flag.slice(2)}`);
    if (!flag.startsWith("--") || !opposite || BOOLEANS[value] === undefined) return undefined;
    return BOOLEANS[value] ? [] : [opposite.long as string];
  }

  #declared(flag: string): Option | undefined {
    return this.options.find((o) => o.long === flag || o.short === flag);
  }
}
