import { Backoff, type BackoffPolicy, type Clock, type Deferred, deferred, type Timer } from "@wherry/base";

export interface WorkQueueOptions {
  clock: Clock;
  /** Delays of `addRateLimited`, counted for each key; 5 ms doubling up to a minute when absent. */
  backoff?: BackoffPolicy;
  random?: () => number;
}

interface Delayed {
  at: number;
  timer: Timer;
}

/**
 * Keys waiting to be worked on, first come first served. A key added many times before it is taken is given once; one added while it is
 * worked on is given again after `done`. So no key is ever held by two workers. Source: client-go util/workqueue.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #policy: BackoffPolicy;
  readonly #random: () => number;
  /** Waiting, in order. */
  readonly #ready = new Set<string>();
  readonly #working = new Set<string>();
  /** Added while it was worked on. */
  readonly #again = new Set<string>();
  readonly #delayed = new Map<string, Delayed>();
  readonly #backoffs = new Map<string, Backoff>();
  #takers: Deferred<string | undefined>[] = [];
  #idlers: Deferred<void>[] = [];
  #shut = false;

  constructor(options: WorkQueueOptions) {
    this.#clock = options.clock;
    this.#policy = options.backoff ?? { initial: 5, max: 60_000 };
    this.#random = options.random ?? Math.random;
  }

  /** How many keys wait to be taken now; delayed ones are not among them. */
  get length(): number {
    return this.#ready.size;
  }

  /** How many keys wait for their time. */
  get delayed(): number {
    return this.#delayed.size;
  }

  /** No key waits or is worked on; delayed ones may still come. */
  get idle(): boolean {
    return this.#ready.size === 0 && this.#working.size === 0;
  }

  add(key: string): void {
    if (this.#shut) return;
    if (this.#working.has(key)) {
      this.#again.add(key);
      return;
    }
    const taker = this.#ready.has(key) ? undefined : this.#takers.shift();
    if (taker) this.#give(key, taker);
    else this.#ready.add(key);
  }

  /** Adds the key in `ms` milliseconds. Of several delays of one key the earliest counts. */
  addAfter(key: string, ms: number): void {
    if (this.#shut) return;
    if (ms <= 0) {
      this.add(key);
      return;
    }
    const at = this.#clock.now() + ms;
    const earlier = this.#delayed.get(key);
    if (earlier && earlier.at <= at) return;
    earlier?.timer.cancel();
    const timer = this.#clock.schedule(ms, () => {
      this.#delayed.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { at, timer });
  }

  /** Adds the key after a delay that grows with each call until `forget`. */
  addRateLimited(key: string): void {
    let backoff = this.#backoffs.get(key);
    if (!backoff) {
      backoff = new Backoff(this.#policy, this.#random);
      this.#backoffs.set(key, backoff);
    }
    this.addAfter(key, backoff.next());
  }

  /** How often the key was rate limited since it was last forgotten. */
  failures(key: string): number {
    return this.#backoffs.get(key)?.failures ?? 0;
  }

  /** The key succeeded, or nobody cares any more: its delays start over. */
  forget(key: string): void {
    this.#backoffs.delete(key);
  }

  /** The next key, as soon as there is one; undefined after shutdown. Whoever takes a key must call `done` with it. */
  take(): Promise<string | undefined> {
    if (this.#shut) return Promise.resolve(undefined);
    const taker = deferred<string | undefined>();
    const [key] = this.#ready;
    if (key === undefined) this.#takers.push(taker);
    else {
      this.#ready.delete(key);
      this.#give(key, taker);
    }
    return taker.promise;
  }

  /** Gives a taken key back: it may be given again from now on. */
  done(key: string): void {
    this.#working.delete(key);
    if (this.#again.delete(key)) this.add(key);
    if (this.idle) this.#tellIdlers();
  }

  /** Resolves when no key waits or is worked on. */
  whenIdle(): Promise<void> {
    if (this.idle) return Promise.resolve();
    const idler = deferred();
    this.#idlers.push(idler);
    return idler.promise;
  }

  /** Drops what waits and ends every `take`. Keys being worked on may still be given back. */
  shutdown(): void {
    this.#shut = true;
    this.#ready.clear();
    this.#again.clear();
    for (const { timer } of this.#delayed.values()) timer.cancel();
    this.#delayed.clear();
    for (const taker of this.#takers.splice(0)) taker.resolve(undefined);
    if (this.idle) this.#tellIdlers();
  }

  #give(key: string, taker: Deferred<string | undefined>): void {
    this.#working.add(key);
    taker.resolve(key);
  }

  #tellIdlers(): void {
    for (const idler of this.#idlers.splice(0)) idler.resolve();
  }
}
