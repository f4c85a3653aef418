import type { StoreEvent } from "@wherry/store";

/** How much of the newest history is kept in memory for watchers that are a little behind. */
const RECENT_EVENTS = 1000;
const RECENT_BYTES = 2 << 20;

/** Changes for one watcher, complete up to `through`. */
export interface Changes {
  readonly events: readonly StoreEvent[];
  readonly through: number;
}

type Wake = (changes: Changes) => void;

/**
 * Hands new changes to the watchers that wait for them. Keeps no queue per watcher: one that is busy takes what it missed from the recent
 * changes, or from the history on disk when they are no longer here.
 */
export class WatchHub {
  #newest: number;
  /** The recent changes are complete above this revision. */
  #floor: number;
  #recent: StoreEvent[] = [];
  #bytes = 0;
  readonly #parked = new Map<string, Set<Wake>>();

  constructor(revision: number) {
    this.#newest = revision;
    this.#floor = revision;
  }

  get newest(): number {
    return this.#newest;
  }

  /** Adds durable changes, in order, and wakes whoever waits for one of them. */
  publish(events: readonly StoreEvent[], through: number): void {
    this.#newest = through;
    for (const event of events) {
      this.#recent.push(event);
      this.#bytes += weight(event);
    }
    this.#trim();
    for (const [prefix, waiting] of this.#parked) {
      const matching = under(prefix, events);
      if (matching.length === 0) continue;
      this.#parked.delete(prefix);
      for (const wake of waiting) wake({ events: matching, through });
    }
  }

  /** The changes under `prefix` above `after`; undefined when some of them are no longer in memory. */
  since(prefix: string, after: number): Changes | undefined {
    if (after < this.#floor) return undefined;
    const missed = Math.max(0, this.#newest - after);
    return { events: under(prefix, this.#recent.slice(this.#recent.length - missed)), through: this.#newest };
  }

  /** The next changes under `prefix`; none when the signal aborts, or on `wakeAll`. */
  next(prefix: string, signal: AbortSignal): Promise<Changes> {
    return new Promise((resolve) => {
      const wake = (changes: Changes) => {
        signal.removeEventListener("abort", onAbort);
        resolve(changes);
      };
      const onAbort = () => {
        const waiting = this.#parked.get(prefix);
        waiting?.delete(wake);
        if (waiting?.size === 0) this.#parked.delete(prefix);
        wake(this.#nothing());
      };
      if (signal.aborted) return resolve(this.#nothing());
      signal.addEventListener("abort", onAbort, { once: true });
      const waiting = this.#parked.get(prefix);
      if (waiting) waiting.add(wake);
      else this.#parked.set(prefix, new Set([wake]));
    });
  }

  /** Wakes everyone with no change. */
  wakeAll(): void {
    const all = [...this.#parked.values()];
    this.#parked.clear();
    for (const waiting of all) for (const wake of waiting) wake(this.#nothing());
  }

  /** Promises nothing: the one that waited may have changes to fetch. */
  #nothing(): Changes {
    return { events: [], through: 0 };
  }

  #trim(): void {
    let drop = 0;
    while (this.#recent.length - drop > RECENT_EVENTS || this.#bytes > RECENT_BYTES) {
      this.#bytes -= weight(this.#recent[drop++] as StoreEvent);
    }
    if (drop === 0) return;
    this.#recent = this.#recent.slice(drop);
    this.#floor = this.#newest - this.#recent.length;
  }
}

function under(prefix: string, events: readonly StoreEvent[]): readonly StoreEvent[] {
  return events.filter((event) => event.key.startsWith(prefix));
}

function weight(event: StoreEvent): number {
  return (event.value ?? event.previous?.value)?.length ?? 0;
}
