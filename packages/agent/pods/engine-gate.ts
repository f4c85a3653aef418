/** What a call brings a pod nearer to, the nearest to its end first. */
const STEPS = ["start", "create", "sandbox"] as const;

export type EngineStep = (typeof STEPS)[number];

/**
 * Lets so many calls into the engine at once, which is best at a few. Those that bring a pod to run go before those that begin with one: then the first pods of many do not
 * wait for the last.
 */
export class EngineGate {
  readonly #limit: number;
  readonly #waiting: Readonly<Record<EngineStep, (() => void)[]>> = { start: [], create: [], sandbox: [] };
  #running = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether no call is under way or waits. */
  get idle(): boolean {
    return this.#running === 0;
  }

  async run<T>(step: EngineStep, call: () => Promise<T>): Promise<T> {
    if (this.#running < this.#limit) this.#running++;
    else await new Promise<void>((resolve) => this.#waiting[step].push(resolve));
    try {
      return await call();
    } finally {
      this.#next();
    }
  }

  /** Hands the place on, or gives it back. */
  #next(): void {
    const step = STEPS.find((name) => this.#waiting[name].length > 0);
    if (step) this.#waiting[step].shift()!();
    else this.#running--;
  }
}
