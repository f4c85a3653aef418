import { type Clock, sleepOn, type Timer } from "./clock.ts";

interface Pending {
  at: number;
  order: number;
  fn: () => void;
}

/** A clock that stands still until `advance` is called. Timers fire in order of their time, then of their creation. */
export class FakeClock implements Clock {
  #now: number;
  #order = 0;
  #pending: Pending[] = [];

  /** @param start milliseconds since the Unix epoch */
  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  schedule(ms: number, fn: () => void): Timer {
    const entry: Pending = { at: this.#now + Math.max(0, ms), order: this.#order++, fn };
    this.#pending.push(entry);
    return {
      cancel: () => {
        this.#pending = this.#pending.filter((p) => p !== entry);
      },
    };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }

  /** How many timers are waiting. */
  get pending(): number {
    return this.#pending.length;
  }

  /** Milliseconds until the next timer, or undefined when none waits. */
  get untilNext(): number | undefined {
    const next = this.#next();
    return next && next.at - this.#now;
  }

  /** Moves time on by `ms`, firing what falls due on the way, and lets promises settle after each timer. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (let next = this.#next(); next && next.at <= end; next = this.#next()) {
      this.#pending = this.#pending.filter((p) => p !== next);
      this.#now = next.at;
      next.fn();
      await settle();
    }
    this.#now = end;
    await settle();
  }

  #next(): Pending | undefined {
    return this.#pending.reduce<Pending | undefined>(
      (best, p) => (!best || p.at < best.at || (p.at === best.at && p.order < best.order) ? p : best),
      undefined,
    );
  }
}

/** Lets promise chains and already queued callbacks run. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
