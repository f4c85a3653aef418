import { spawnSync } from "node:child_process";
import { newestKubectl } from "@wherry/testkit/kubectl.ts";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { main } from "./index.ts";
import { buildProgram } from "./program.ts";

const KUBECTL = newestKubectl(32, 33);
if (!KUBECTL) console.warn("flags are not compared with kubectl's: it is not installed");

/** Verbs of wherry's own, and those that other programs run. */
const OWN = new Set(["up", "down", "status", "server", "agent", "options"]);

/** Flags of kubectl's that wherry has not, by verb. */
const MISSING: Readonly<Record<string, readonly string[]>> = {
  create: ["--windows-line-endings"],
  apply: ["--openapi-patch"],
  "apply edit-last-applied": ["--validate", "--windows-line-endings"],
  replace: ["--wait"],
  edit: ["--save-config", "--windows-line-endings"],
  run: ["--filename", "--kustomize", "--pod-running-timeout", "--recursive", "--wait"],
  expose: ["--save-config"],
  autoscale: ["--save-config"],
  debug: ["--filename"],
  "cluster-info dump": ["--pod-running-timeout"],
  "config set": ["--set-raw-bytes"],
  "config set-credentials": [
    ...["--auth-provider", "--auth-provider-arg", "--exec-api-version", "--exec-arg", "--exec-command", "--exec-env"],
    ...["--exec-interactive-mode", "--exec-provide-cluster-info"],
  ],
  "config view": ["--merge"],
};

/** A verb, or one below another, by the words that call it. */
interface Called {
  words: string[];
  command: Command;
}

const terminal = { write: () => undefined, program: [], exit: () => undefined };
const program = await buildProgram(["--help"], terminal);
const below = (command: Command, words: string[]): Called[] =>
  command.commands.flatMap((one) => [{ words: [...words, one.name()], command: one }, ...below(one, [...words, one.name()])]);
const verbs = below(program, []).filter(({ words: [first = ""] }) => first !== "help");

describe.each(verbs.map((verb) => [verb.words.join(" "), verb] as const))("%s", (_, { words, command }) => {
  it("says what it does, and has each flag once", () => {
    expect(command.description()).not.toBe("");
    const flags = command.options.flatMap((option) => [option.long, option.short]).filter(Boolean);
    expect(flags).toEqual([...new Set(flags)]);
    expect(command.options.filter((option) => !option.description && !option.hidden)).toEqual([]);
  });

  it("shows its help on standard output", () => {
    const help = command.helpInformation();
    expect(help).toContain(`wherry ${words.join(" ")}`);
    for (const { long, hidden } of command.options) if (long && !hidden) expect(help).toContain(long);
  });

  it.skipIf(!KUBECTL || OWN.has(words[0] ?? ""))("takes every flag of kubectl's", () => {
    const { stdout } = spawnSync(KUBECTL as string, [...words, "--help"], { encoding: "utf8" });
    const theirs = [...stdout.matchAll(/^ {4}(?:-\w, )?(--[a-z-]+)=/gm)].map(([, flag]) => flag);
    const ours = new Set(command.options.flatMap(({ long, negate }) => (negate ? [long, long?.replace("--no-", "--")] : [long])));
    expect(theirs.filter((flag) => !ours.has(flag) && !ours.has(flag?.replace("--", "--no-")))).toEqual(MISSING[words.join(" ")] ?? []);
  });
});

describe("what cannot be a command line", () => {
  const errors: string[] = [];
  const run = async (...words: string[]) => {
    errors.length = 0;
    const write = process.stderr.write;
    process.stderr.write = (text: string | Uint8Array) => errors.push(String(text)) > 0;
    try {
      return await main(words, ["wherry"]);
    } finally {
      process.stderr.write = write;
    }
  };
  it.each([
    [["up", "now"], "error: too many arguments for 'up'. Expected 0 arguments but got 1: now.\nSee 'wherry up --help' for usage.\n"],
    [["down", "now"], "error: too many arguments for 'down'. Expected 0 arguments but got 1: now.\nSee 'wherry down --help' for usage.\n"],
    [
      ["status", "now"],
      "error: too many arguments for 'status'. Expected 0 arguments but got 1: now.\nSee 'wherry status --help' for usage.\n",
    ],
    [["-n", "x", "up"], "error: unknown flag: --namespace\nSee 'wherry up --help' for usage.\n"],
    [["get", "--nonsense=1"], "error: unknown flag: --nonsense\nSee 'wherry get --help' for usage.\n"],
    [["get", "-Z"], "error: unknown shorthand flag: 'Z' in -Z\nSee 'wherry get --help' for usage.\n"],
    [["get", "--namespace"], "error: flag needs an argument: --namespace\nSee 'wherry get --help' for usage.\n"],
  ])("%j", async (words, message) => {
    expect(await run(...words)).toBe(1);
    expect(errors.join("")).toBe(message);
  });

  it("suggests the verb that was meant", async () => {
    expect(await run("descibe")).toBe(1);
    expect(errors.join("")).toBe(
      'error: unknown command "descibe" for "wherry"\n\nDid you mean this?\n\tdescribe\n\nSee \'wherry --help\' for usage.\n',
    );
  });
});
