import type { Waiting } from "../status/container-status.ts";

/** A container could not be brought to run. */
export class StartFailure extends Error {
  override name = "StartFailure";
  readonly reason: string;
  /** How long not to try again. */
  readonly retryMs: number;
  /** What is shown once `reason` has been seen for a while. */
  readonly later: Waiting | undefined;

  constructor(reason: string, message: string, retryMs: number, later?: Waiting) {
    super(message);
    this.reason = reason;
    this.retryMs = retryMs;
    this.later = later;
  }

  get waiting(): Waiting {
    return { reason: this.reason, message: this.message };
  }
}
