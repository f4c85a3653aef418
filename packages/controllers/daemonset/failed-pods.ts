import type { Clock } from "@wherry/base";

/** Source: daemon_controller.go: flowcontrol.NewBackOff(1*time.Second, 15*time.Minute). */
const FIRST_MS = 1_000;
const LONGEST_MS = 15 * 60_000;

/** Keeps a pod that fails again and again on one node from being made anew without end. */
export class FailedPods {
  readonly #clock: Clock;
  readonly #entries = new Map<string, { delayMs: number; at: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** When the failed pod of this node may be replaced. Milliseconds since the epoch; in the past when now. */
  retryAt(key: string): number {
    const entry = this.#entries.get(key);
    return entry ? entry.at + entry.delayMs : 0;
  }

  /** One was replaced: the next has to wait twice as long. What was quiet for long begins anew. */
  replaced(key: string): void {
    const now = this.#clock.now();
    const entry = this.#entries.get(key);
    const quiet = !entry || now - entry.at > 2 * LONGEST_MS;
    this.#entries.set(key, { delayMs: quiet ? FIRST_MS : Math.min(LONGEST_MS, entry.delayMs * 2), at: now });
    for (const [other, { at }] of this.#entries) if (now - at > 2 * LONGEST_MS) this.#entries.delete(other);
  }
}
