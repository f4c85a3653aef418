import { RuntimeUnavailableError } from "@wherry/runtime";
import type { EngineAddress } from "./address.ts";

/** Says what did not answer, why, and what to do about it. */
export function unavailable(address: EngineAddress, error: Error): RuntimeUnavailableError {
  const code = "code" in error ? String(error.code) : "";
  return new RuntimeUnavailableError(`no Docker Engine answers at ${address.text}: ${reason(code, error)}`, { cause: error });
}

function reason(code: string, error: Error): string {
  switch (code) {
    case "ENOENT":
      return "the socket does not exist. Start the engine (systemctl start docker, or dockerd), or give another socket";
    case "ECONNREFUSED":
      return "nothing listens there. Start the engine (systemctl start docker, or dockerd), or give another socket";
    case "EACCES":
    case "EPERM":
      return "permission denied. Run as root, or as a member of the group that owns the socket";
    case "ENOTSOCK":
      return "this is not a socket. Give the path of the engine's socket";
    case "ECONNRESET":
    case "EPIPE":
      return "it closed the connection: it may be restarting";
    default:
      return error.message;
  }
}
