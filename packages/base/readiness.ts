import { closeSync, writeSync } from "node:fs";

/** What a process tells the one that started it: that it serves, or why it cannot. */
export type Readiness = { ready: true } | { error: string };

/** Names the file descriptor that a readiness is written to. */
export const READY_FD = "WHERRY_READY_FD";

/**
 * Tells the process that started this one, as one line of JSON on the file descriptor that the environment names, and closes it. Only the first call
 * says anything; without such a descriptor none does.
 */
export function reportReadiness(readiness: Readiness): void {
  const fd = Number(process.env[READY_FD]);
  delete process.env[READY_FD];
  if (!fd) return;
  try {
    writeSync(fd, `${JSON.stringify(readiness)}\n`);
    closeSync(fd);
  } catch {
    // Whoever wanted to know has gone.
  }
}
