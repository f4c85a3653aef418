import type { ExecAction } from "@wherry/api";
import { type ContainerStreams, TimeoutError } from "@wherry/runtime";
import { failed, MAX_OUTPUT, type Outcome, success, unknown } from "./outcome.ts";
import type { HandlerTarget } from "./target.ts";

/** Runs a command in the container: exit code 0 is good. */
export async function exec(action: ExecAction, target: HandlerTarget, timeoutMs: number, streams: ContainerStreams): Promise<Outcome> {
  const command = action.command ?? [];
  try {
    const { exitCode, output } = await streams.execSync(target.id, command, timeoutMs);
    return exitCode === 0 ? { ...success, output: output.slice(0, MAX_OUTPUT) } : failed(output.slice(0, MAX_OUTPUT));
  } catch (error) {
    if (error instanceof TimeoutError) return failed(`command timed out: "${command.join(" ")}" timed out after ${timeoutMs / 1000}s`);
    return unknown((error as Error).message);
  }
}
