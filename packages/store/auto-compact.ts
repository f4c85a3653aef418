import type { Clock, Logger } from "@wherry/base";
import type { Store } from "./store.ts";

/** How much history stays readable: what is younger than `keepMs`, and never more than `keepRevisions` of it (checked every `everyMs`). */
export interface RetentionPolicy {
  keepMs: number;
  keepRevisions: number;
  everyMs: number;
}

/** Five minutes, as the Kubernetes API server asks of etcd, but no more than ten thousand revisions. */
export const defaultRetention: RetentionPolicy = { keepMs: 300_000, keepRevisions: 10_000, everyMs: 10_000 };

/**
 * Compacts `store` by `policy` until the signal aborts, then resolves. A compaction that fails is logged and tried again at the next check;
 * it never rejects.
 */
export async function autoCompact(options: {
  store: Store;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
  policy?: Partial<RetentionPolicy>;
}): Promise<void> {
  const { store, clock, log, signal } = options;
  const policy = { ...defaultRetention, ...options.policy };
  const horizon = new Horizon(policy);
  let done = 0;
  while (await slept(clock, policy.everyMs, signal)) {
    const through = horizon.at(clock.now(), store.revision);
    if (through <= done) continue;
    try {
      await store.compact(through);
      done = through;
    } catch (error) {
      log.warn("compaction failed; it is tried again at the next check", { through, error });
    }
  }
}

/** Remembers which revision was the newest when, to turn an age into a revision. */
class Horizon {
  readonly #policy: RetentionPolicy;
  #samples: { at: number; revision: number }[] = [];
  #expired = 0;

  constructor(policy: RetentionPolicy) {
    this.#policy = policy;
  }

  /** The revision through which history may be forgotten at `now`. */
  at(now: number, revision: number): number {
    this.#samples.push({ at: now, revision });
    while (this.#samples[0] && this.#samples[0].at <= now - this.#policy.keepMs) {
      this.#expired = (this.#samples.shift() as { revision: number }).revision;
    }
    return Math.max(this.#expired, revision - this.#policy.keepRevisions, 0);
  }
}

async function slept(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(ms, signal);
    return true;
  } catch {
    return false;
  }
}
