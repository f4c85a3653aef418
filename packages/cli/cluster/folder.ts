import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { UsageError } from "../errors.ts";

/**
 * Makes a folder and those above it that are missing, private to their owner. Throws a UsageError that names the flag it came from where that cannot be.
 * One step at a time: below `/proc`, Node's own way never returns.
 */
export function makeFolder(path: string, flag: string): void {
  if (isFolder(path, flag)) return;
  makeFolder(dirname(path), flag);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw cannotBe(path, flag, error);
  }
}

/** Whether there is such a folder. Throws a UsageError when something else is in its place. */
export function isFolder(path: string, flag: string): boolean {
  let found: ReturnType<typeof statSync>;
  try {
    found = statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw cannotBe(path, flag, error);
  }
  if (found && !found.isDirectory()) throw new UsageError(`${path} is not a folder: name one with ${flag}`);
  return found !== undefined;
}

const cannotBe = (path: string, flag: string, error: unknown) =>
  new UsageError(`the folder ${path} cannot be made (${(error as Error).message}): name another with ${flag}`);

/** Whether a write failed because nothing more fits. */
export const isDiskFull = (error: unknown): boolean => ["ENOSPC", "EDQUOT"].includes((error as NodeJS.ErrnoException).code ?? "");
