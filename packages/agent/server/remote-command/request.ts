import { queryFlag } from "@wherry/machinery";
import type { WantedStreams } from "./client-streams.ts";

/** What is run, and which of its streams the client wants. */
export interface ExecRequest extends WantedStreams {
  command: readonly string[];
}

/** Reads the query of `/exec` and `/attach`, in the names of the API's or in the kubelet's own. A terminal has one output only. */
export function parseExecQuery(query: URLSearchParams): ExecRequest {
  const flag = (...names: string[]) => names.some((name) => queryFlag(query, name));
  const tty = flag("tty");
  return {
    command: query.getAll("command"),
    stdin: flag("input", "stdin"),
    stdout: flag("output", "stdout"),
    stderr: flag("error", "stderr") && !tty,
    tty,
  };
}
