import type { Clock } from "@wherry/base";

/** Pods that start within this of one another belong to one burst. */
const BURST_GAP_MS = 2_000;
/** How long a burst is remembered. */
const MEMORY_MS = 300_000;

interface Burst {
  size: number;
  lastAt: number;
}

/** Learns how many pods start at once, so that a rollout finds as many sandboxes warm as the one before it needed, and none are kept for long for nobody. */
export class Demand {
  readonly #clock: Clock;
  readonly #least: number;
  readonly #most: number;
  #bursts: Burst[] = [];

  constructor(clock: Clock, least: number, most: number) {
    this.#clock = clock;
    this.#least = least;
    this.#most = most;
  }

  /** A pod starts. */
  note(): void {
    const now = this.#clock.now();
    const last = this.#bursts.at(-1);
    if (last && now - last.lastAt <= BURST_GAP_MS) {
      last.size++;
      last.lastAt = now;
    } else {
      this.#bursts = this.#bursts.filter(({ lastAt, size }) => now - lastAt < MEMORY_MS && size > this.#least);
      this.#bursts.push({ size: 1, lastAt: now });
    }
  }

  /** How many sandboxes to keep warm: what the largest burst of the last five minutes took, within the bounds given. */
  get wanted(): number {
    const now = this.#clock.now();
    const sizes = this.#bursts.filter(({ lastAt }) => now - lastAt < MEMORY_MS).map(({ size }) => size);
    return Math.max(this.#least, Math.min(this.#most, Math.max(0, ...sizes)));
  }

  /** Milliseconds until `wanted` may fall; undefined when it is as low as it gets. */
  get fallsIn(): number | undefined {
    const now = this.#clock.now();
    const large = this.#bursts.filter(({ lastAt, size }) => size > this.#least && now - lastAt < MEMORY_MS);
    return large.length ? Math.min(...large.map(({ lastAt }) => lastAt)) + MEMORY_MS - now : undefined;
  }
}
