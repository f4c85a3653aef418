/** A failure that a person can act on: printed as one sentence, without a stack; the exit code is 1. */
export class UsageError extends Error {
  override name = "UsageError";
}
