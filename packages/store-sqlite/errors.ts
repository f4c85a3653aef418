import { CompactedError, FutureRevisionError, StoreError, type StoreFailure } from "@wherry/store";
import type { WireError } from "./protocol.ts";

const ADVICE: Record<"Full" | "IO" | "Corrupt", string> = {
  Full: "no space is left there. Nothing was lost; free some space, and writes succeed again without a restart",
  IO: "the disk reported an error. Nothing acknowledged was lost; check the disk and the kernel's log",
  Corrupt: "the file is damaged. Stop the server and restore the file from a backup, or move it away to begin with an empty cluster",
};

function failureOf(code: string): StoreFailure | undefined {
  if (code === "SQLITE_FULL") return "Full";
  if (code.startsWith("SQLITE_CORRUPT")) return "Corrupt";
  if (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED")) return "InUse";
  if (code === "SQLITE_TOOBIG") return "Invalid";
  return code === "SQLITE_NOTADB" ? "NotAStore" : undefined;
}

/** Turns what SQLite threw into an error that a person can act on. Anything that is not known counts as an error of the disk. */
export function storeError(error: unknown, path: string): Error {
  if (error instanceof StoreError || error instanceof CompactedError || error instanceof FutureRevisionError) return error;
  const { message, code } = error as { message?: string; code?: unknown };
  const failure = failureOf(String(code)) ?? "IO";
  const cause = `${message ?? error}${code ? ` (${code})` : ""}`;
  const advice = failure in ADVICE ? `: ${ADVICE[failure as keyof typeof ADVICE]}` : "";
  return new StoreError(failure, `the store at ${path} failed, ${cause}${advice}`);
}

export function toWire(error: unknown, path: string): WireError {
  const known = storeError(error, path);
  if (known instanceof CompactedError) return { type: "compacted", asked: known.asked, oldest: known.oldest };
  if (known instanceof FutureRevisionError) return { type: "future", asked: known.asked, current: known.current };
  return { type: "store", failure: known instanceof StoreError ? known.failure : "IO", message: known.message };
}

export function fromWire(wire: WireError): Error {
  if (wire.type === "compacted") return new CompactedError(wire.asked, wire.oldest);
  if (wire.type === "future") return new FutureRevisionError(wire.asked, wire.current);
  return new StoreError(wire.failure, wire.message);
}
