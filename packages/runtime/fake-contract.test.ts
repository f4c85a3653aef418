import { once } from "node:events";
import { systemClock } from "@wherry/base";
import { type ContractProgram, runtimeContract } from "./contract.ts";
import { type FakeAttach, type FakeExec, type FakeProgram, FakeRuntime } from "./fake.ts";
import type { ContainerSpec } from "./runtime.ts";

const command = (program: ContractProgram) => ["do", JSON.stringify(program)];
const programOf = (words: readonly string[] | undefined) => JSON.parse(words?.[1] ?? '{"does":"run"}') as ContractProgram;

function behaviour(spec: ContainerSpec): FakeProgram {
  const program = programOf(spec.command);
  switch (program.does) {
    case "exit":
      return { endsAfterMs: 0, exitCode: program.code };
    case "print":
      return { endsAfterMs: 0, output: program.lines };
    case "printAndRun":
      return { output: program.lines, exec };
    case "refuseToStop":
      return { stopsAfterMs: Number.POSITIVE_INFINITY };
    case "notExist":
      return { startError: { exitCode: 127, message: 'exec: "wherry-no-such-command": executable file not found in $PATH' } };
    case "copy":
      return { attach: copy };
    default:
      return { exec };
  }
}

const exec: FakeExec = async (words, { stdin, stdout, signal }) => {
  const program = programOf(words);
  if (program.does === "exit") return program.code;
  if (program.does === "print") stdout.write(program.lines.map((line) => `${line}\n`).join(""));
  if (program.does === "copy") for await (const part of stdin!) stdout.write(part);
  if (program.does === "run") await once(signal, "abort");
  return 0;
};

const copy: FakeAttach = async ({ stdin, stdout }) => {
  if (!stdin) return undefined;
  for await (const part of stdin) stdout.write(part);
  return 0;
};

runtimeContract("FakeRuntime", async () => {
  const make = () => new FakeRuntime({ clock: systemClock, images: ["bb:1"], registry: [], behaviour });
  const runtime = make();
  return { runtime, restarted: () => runtime, neighbour: make, image: "bb:1", command, close: () => runtime.purge() };
});
