import { StatusError } from "@wherry/base/status-error.ts";
import { CommanderError } from "commander";
import { UsageError } from "./errors.ts";
import { buildProgram } from "./program.ts";

/**
 * Runs one command line and gives its exit code. `self` is the command line that runs this program, for the parts that `up` starts. Every failure is printed to
 * standard error as a sentence; only a defect of the program shows a stack.
 */
export async function main(words: readonly string[], self: readonly string[]): Promise<number> {
  let code = 0;
  const terminal = {
    write: (text: string) => void process.stdout.write(text),
    program: self,
    exit: (value: number) => {
      code = value;
    },
  };
  const program = buildProgram(terminal);
  for (const command of [program, ...program.commands]) command.exitOverride();
  try {
    await program.parseAsync([...words], { from: "user" });
    return code;
  } catch (error) {
    return report(error);
  }
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode;
  const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
  for (const one of errors) process.stderr.write(`${sentence(one)}\n`);
  return 1;
}

/** Source of the wording: kubectl pkg/cmd/util/helpers.go. */
function sentence(error: unknown): string {
  if (error instanceof StatusError)
    return error.reason === "Invalid" ? `The ${error.message}` : `Error from server (${error.reason}): ${error.message}`;
  if (error instanceof UsageError) return error.message.startsWith("Error from server") ? error.message : `error: ${error.message}`;
  if (error instanceof Error && !isDefect(error)) return `error: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

const isDefect = (error: Error): boolean => error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;
