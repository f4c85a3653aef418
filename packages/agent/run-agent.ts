import { isAbort } from "@wherry/base";
import { Agent } from "./agent.ts";
import type { AgentHandle, AgentOptions } from "./agent-options.ts";

/** Runs a node: registers it, takes over what runs on its engine, and runs the cluster's pods until it is stopped. */
export function runAgent(options: AgentOptions): AgentHandle {
  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, ended.signal]);
  const agent = new Agent({ ...options, signal });
  const ready = agent.start();
  const stop = async () => {
    ended.abort(new Error("the agent was stopped"));
    await ready.catch(() => {});
    await agent.stop();
  };
  ready.catch((error: unknown) => {
    if (!isAbort(error, signal)) options.log.error("the agent cannot start", { error });
  });
  options.signal.addEventListener("abort", () => void stop(), { once: true });
  return { ready, stop };
}
