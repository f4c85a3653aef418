import { describe, expect, it } from "vitest";
import { buildProgram, verbOf } from "./program.ts";
import { declareVerb, type Verb } from "./verb.ts";
import { VerbCommand } from "./verb-command.ts";

const terminal = { write: () => undefined, program: [], exit: () => undefined };

describe("the command line", () => {
  it("declares in full only the verb that is named", async () => {
    const program = await buildProgram(["-n", "get", "describe", "pods"], terminal);
    const declared = program.commands.filter((command) => command.description() !== "").map((command) => command.name());
    expect(declared).toEqual(["describe"]);
  });

  it("declares every verb for the help, each with a line about it", async () => {
    const program = await buildProgram(["--help"], terminal);
    expect(program.commands.filter((command) => command.description() === "")).toEqual([]);
  });

  it.each([
    ["get pods", "get"],
    ["-n x get pods", "get"],
    ["--namespace x --context y get", "get"],
    ["--namespace=x get", "get"],
    ["nonsense get", undefined],
    ["help get", "get"],
    ["toString", undefined],
    ["", undefined],
  ])("finds the verb of: %s", (line, verb) => {
    expect(verbOf(line.split(" ").filter(Boolean))).toBe(verb);
  });
});

describe("a verb", () => {
  const run = async (line: string, changes: Partial<Verb> = {}) => {
    const calls: { words: string[]; options: object; beforeDash: number | undefined }[] = [];
    const verb: Verb = {
      description: "a verb",
      words: "WORD...",
      client: true,
      flags: (command) =>
        command
          .option("--no-wait", "")
          .option("--all", "")
          .option("-l, --selector <text>", "")
          .addOption(command.createOption("--dry-run [mode]", "").preset("client")),
      run: async (words, options: object, { beforeDash }) => void calls.push({ words, options, beforeDash }),
      ...changes,
    };
    const program = new VerbCommand("program")
      .enablePositionalOptions()
      .exitOverride()
      .configureOutput({ outputError: () => undefined });
    program.option("-n, --namespace <name>");
    declareVerb(program.command("go"), verb, terminal);
    await program.parseAsync(line.split(" "), { from: "user" });
    return calls[0];
  };

  it.each([
    ["go a b", { wait: true }],
    ["go --wait=false", { wait: false }],
    ["go --wait=true", { wait: true }],
    ["go --wait", { wait: true }],
    ["go --no-wait", { wait: false }],
    ["go --all=1", { wait: true, all: true }],
    ["go --all=F", { wait: true, all: false }],
    ["go -n=x", { wait: true, namespace: "x" }],
    ["go -l=a=b", { wait: true, selector: "a=b" }],
    ["go -la=b", { wait: true, selector: "a=b" }],
    ["-n x go", { wait: true, namespace: "x" }],
    ["-n x go -n y", { wait: true, namespace: "y" }],
    ["go --dry-run a", { wait: true, dryRun: "client" }],
    ["go --dry-run=server a", { wait: true, dryRun: "server" }],
  ])("reads the flags of: %s", async (line, options) => {
    expect((await run(line))?.options).toEqual(options);
  });

  it("takes no word for the value of a flag that may have none", async () => {
    expect((await run("go --dry-run pod web"))?.words).toEqual(["pod", "web"]);
  });

  it("leaves what follows -- alone, and tells how much stood before it", async () => {
    expect(await run("go a -- b --all --wait=false -- c")).toEqual({
      words: ["a", "b", "--all", "--wait=false", "--", "c"],
      options: { wait: true },
      beforeDash: 1,
    });
    expect((await run("go a b"))?.beforeDash).toBeUndefined();
  });

  it.each([
    ["go --all=perhaps", "unknown option"],
    ["go --nonsense", "unknown option"],
    ["go --selector", "argument missing"],
  ])("refuses: %s", async (line, message) => {
    await expect(run(line)).rejects.toThrow(message);
  });

  it("refuses words that it has no use for, and the cluster flags when it talks to none", async () => {
    await expect(run("go a", { words: undefined })).rejects.toThrow("too many arguments");
    await expect(run("-n x go", { client: false })).rejects.toThrow("unknown flag: --namespace");
  });

  it("may hold others, which may have other names", async () => {
    const below: string[] = [];
    const inner: Verb = { description: "inner", words: "X", aliases: ["in"], run: async (words) => void below.push(...words) };
    await run("go in x", { run: undefined, verbs: { inner } });
    await run("go inner y", { run: undefined, verbs: { inner } });
    expect(below).toEqual(["x", "y"]);
  });
});
