/** How delays grow: `initial * factor^n`, never above `max`, each spread by up to `jitter` of itself. Milliseconds. */
export interface BackoffPolicy {
  initial: number;
  max: number;
  factor?: number;
  jitter?: number;
}

/** Exponential back-off for one thing that keeps failing. */
export class Backoff {
  readonly #policy: Required<BackoffPolicy>;
  readonly #random: () => number;
  #failures = 0;

  constructor(policy: BackoffPolicy, random: () => number = Math.random) {
    this.#policy = { factor: 2, jitter: 0, ...policy };
    this.#random = random;
  }

  /** How many delays were handed out since the last reset. */
  get failures(): number {
    return this.#failures;
  }

  /** The delay in milliseconds before the next try; each call is one more failure. */
  next(): number {
    const { initial, max, factor, jitter } = this.#policy;
    const plain = Math.min(max, initial * factor ** Math.min(this.#failures++, 64));
    return Math.round(plain * (1 + jitter * this.#random()));
  }

  reset(): void {
    this.#failures = 0;
  }
}
