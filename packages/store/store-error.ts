/**
 * Why a store could not do its work.
 * - `Full`: no space left; writes succeed again once there is.
 * - `IO`: the disk failed; the next call tries again.
 * - `Corrupt`: what is on disk is damaged.
 * - `InUse`: another process holds the data.
 * - `NewerVersion`: a newer version of Wherry wrote the data.
 * - `NotAStore`: the file holds something else.
 * - `Invalid`: the key or value cannot be stored.
 * - `Closed`: the store was closed.
 */
export type StoreFailure = "Full" | "IO" | "Corrupt" | "InUse" | "NewerVersion" | "NotAStore" | "Invalid" | "Closed";

/** The store could not do it, and nothing of it happened. The message says what, where, and what to do. */
export class StoreError extends Error {
  readonly failure: StoreFailure;

  constructor(failure: StoreFailure, message: string) {
    super(message);
    this.name = "StoreError";
    this.failure = failure;
  }
}
