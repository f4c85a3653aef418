import { Backoff, type Clock, deferred, gone, hasReason, type Logger, StatusError } from "@wherry/base";
import type { ApiObject, KindDefinition, WatchEvent } from "@wherry/machinery";
import type { Client, ListQuery } from "./client.ts";
import { IndexedCache, type IndexFunction } from "./indexed-cache.ts";
import type { Handler, Informer, Lister } from "./informer.ts";
import { isAtLeast } from "./revision.ts";

export interface InformerOptions {
  clock: Clock;
  log: Logger;
  /** Ends it: nothing is delivered after this. */
  signal: AbortSignal;
  /** Which objects; all of the kind when absent. */
  query?: Pick<ListQuery, "namespace" | "labelSelector" | "fieldSelector">;
  /** Objects asked for at once in a list; 500 when absent. */
  pageSize?: number;
  random?: () => number;
}

/**
 * Starts a live copy of one kind. `metadata.managedFields` is left out of the copies: it is half of many objects, and a write without it
 * leaves it as it is on the server.
 */
export function createInformer<O extends ApiObject>(client: Client, kind: KindDefinition<O>, options: InformerOptions): EndableInformer<O> {
  const informer = new LiveInformer(client, kind, options);
  void informer.run();
  return informer;
}

/** An informer that may outlive its kind. */
export interface EndableInformer<O extends ApiObject> extends Informer<O> {
  /** Ends it for good: its kind is gone. It is empty from then on, handlers hear `ended`, and nobody waits any longer. Idempotent. */
  end(): void;
}

/** Where the loop stands. Each step ends in the next state; no state is final but `stopped`. */
type State = { is: "listing" } | { is: "watching"; from: string } | { is: "waiting"; next: State } | { is: "stopped" };

const BACKOFF = { initial: 100, max: 5_000, jitter: 0.5 };
/** The server ends a watch after 5 to 10 minutes, as upstream's reflector asks, so that clients spread over servers. */
const WATCH_SECONDS = 300;
/** Servers send a bookmark every minute: more silence than this is a lost connection. */
const IDLE_SECONDS = 150;
/** A watch that lasted this long was healthy, whatever ended it. */
const HEALTHY_MS = 10_000;

interface Waiter {
  version: string;
  resolve: () => void;
}

class LiveInformer<O extends ApiObject> implements EndableInformer<O> {
  readonly #client: Client;
  readonly #kind: KindDefinition<O>;
  readonly #options: InformerOptions;
  readonly #ended = new AbortController();
  readonly #log: Logger;
  readonly #cache: IndexedCache<O>;
  readonly #backoff: Backoff;
  readonly #random: () => number;
  readonly #synced = deferred();
  #isSynced = false;
  #handlers: readonly Handler<O>[] = [];
  #waiters: Waiter[] = [];
  /** The newest resourceVersion that is in the cache and was told to the handlers. */
  #seen = "0";

  constructor(client: Client, kind: KindDefinition<O>, options: InformerOptions) {
    this.#client = client;
    this.#kind = kind;
    this.#options = { ...options, signal: AbortSignal.any([options.signal, this.#ended.signal]) };
    this.#random = options.random ?? Math.random;
    this.#backoff = new Backoff(BACKOFF, this.#random);
    this.#log = options.log.child({ informer: kind.plural });
    this.#cache = new IndexedCache((index, object, error) =>
      this.#log.error("an index function failed: it leaves the object out", { index, name: object.metadata.name, error }),
    );
  }

  get lister(): Lister<O> {
    return this.#cache;
  }

  get synced(): boolean {
    return this.#isSynced;
  }

  whenSynced(): Promise<void> {
    return this.#synced.promise;
  }

  caughtUp(resourceVersion: string): Promise<void> {
    if (this.#ended.signal.aborted || (this.#isSynced && isAtLeast(this.#seen, resourceVersion))) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push({ version: resourceVersion, resolve }));
  }

  on(handler: Handler<O>): () => void {
    this.#handlers = [...this.#handlers, handler];
    for (const object of this.#cache.list()) this.#tell(handler, (h) => h.added?.(object));
    if (this.#ended.signal.aborted) this.#tell(handler, (h) => h.ended?.());
    return () => {
      this.#handlers = this.#handlers.filter((h) => h !== handler);
    };
  }

  addIndex(name: string, fn: IndexFunction<O>): void {
    this.#cache.addIndex(name, fn);
  }

  end(): void {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort();
    this.#cache.replace([]);
    this.#dispatch((h) => h.ended?.());
    this.#resolve(() => true);
    this.#synced.resolve();
  }

  async run(): Promise<void> {
    let state: State = { is: "listing" };
    while (state.is !== "stopped") state = this.#options.signal.aborted ? { is: "stopped" } : await this.#step(state);
  }

  #step(state: Exclude<State, { is: "stopped" }>): Promise<State> {
    switch (state.is) {
      case "listing":
        return this.#list();
      case "watching":
        return this.#watch(state.from);
      case "waiting":
        return this.#wait(state.next);
    }
  }

  async #list(): Promise<State> {
    // A list that starts now holds every write that was answered before.
    const before = new Set(this.#waiters);
    try {
      const { items, resourceVersion } = await this.#pages();
      if (this.#options.signal.aborted) return { is: "stopped" };
      this.#swapIn(items, resourceVersion);
      this.#resolve((waiter) => before.has(waiter) || isAtLeast(resourceVersion, waiter.version));
      return { is: "watching", from: resourceVersion };
    } catch (error) {
      return this.#failed("list", error, { is: "listing" });
    }
  }

  /** All pages of one consistent list; in one piece when the revision of the first page is forgotten before the last one came. */
  async #pages(): Promise<{ items: O[]; resourceVersion: string }> {
    const { query, pageSize = 500 } = this.#options;
    let page = await this.#client.list(this.#kind, { ...query, limit: pageSize });
    const items = page.items;
    try {
      while (page.metadata.continue) {
        page = await this.#client.list(this.#kind, { ...query, limit: pageSize, continue: page.metadata.continue });
        items.push(...page.items);
      }
    } catch (error) {
      if (!isGone(error)) throw error;
      page = await this.#client.list(this.#kind, { ...query });
      return { items: page.items, resourceVersion: page.metadata.resourceVersion };
    }
    return { items, resourceVersion: page.metadata.resourceVersion };
  }

  #swapIn(items: readonly O[], resourceVersion: string): void {
    for (const item of items) slim(item);
    const { deleted, updated, added } = this.#cache.replace(items);
    for (const object of deleted) this.#dispatch((h) => h.deleted?.(object));
    for (const { object, previous } of updated) this.#dispatch((h) => h.updated?.(object, previous));
    for (const object of added) this.#dispatch((h) => h.added?.(object));
    this.#seen = resourceVersion;
    if (this.#isSynced) return;
    this.#isSynced = true;
    this.#synced.resolve();
  }

  async #watch(from: string): Promise<State> {
    const { query, signal, clock } = this.#options;
    const start = clock.now();
    this.#seen = from;
    try {
      const timeoutSeconds = Math.round(WATCH_SECONDS * (1 + this.#random()));
      const parameters = { ...query, resourceVersion: from, allowWatchBookmarks: true, timeoutSeconds, idleTimeoutSeconds: IDLE_SECONDS };
      for await (const event of this.#client.watch(this.#kind, parameters, signal)) {
        if (signal.aborted) return { is: "stopped" };
        this.#apply(event);
        this.#backoff.reset();
      }
      if (clock.now() - start >= HEALTHY_MS) this.#backoff.reset();
      const again: State = { is: "watching", from: this.#seen };
      // A server that ends each watch at once must not be asked in a tight loop.
      return this.#seen === from ? { is: "waiting", next: again } : again;
    } catch (error) {
      if (isGone(error)) return this.#relist(error);
      if (clock.now() - start >= HEALTHY_MS) this.#backoff.reset();
      return this.#failed("watch", error, { is: "watching", from: this.#seen });
    }
  }

  #relist(error: unknown): State {
    if (this.#backoff.failures > 0) return this.#failed("watch", error, { is: "listing" });
    this.#backoff.next();
    this.#log.debug("the watch's revision is gone: listing again");
    return { is: "listing" };
  }

  #failed(what: string, error: unknown, next: State): State {
    if (this.#options.signal.aborted) return { is: "stopped" };
    const message = `cannot ${what} ${this.#kind.plural}: trying again`;
    if (this.#backoff.failures === 0) this.#log.debug(message, { error });
    else this.#log.warn(message, { error });
    return { is: "waiting", next: isGone(error) ? { is: "listing" } : next };
  }

  async #wait(next: State): Promise<State> {
    const { clock, signal } = this.#options;
    return clock.sleep(this.#backoff.next(), signal).then(
      () => next,
      () => ({ is: "stopped" }),
    );
  }

  #apply(event: WatchEvent<O>): void {
    const { object } = event;
    const { name, namespace, resourceVersion } = object.metadata;
    if (!isAtLeast(resourceVersion, this.#seen)) throw gone("the server's state was set back");
    if (event.type === "DELETED") {
      if (this.#cache.delete(name, namespace)) this.#dispatch((h) => h.deleted?.(slim(object)));
    } else if (event.type !== "BOOKMARK") {
      this.#store(slim(object));
    }
    this.#seen = resourceVersion;
    if (this.#waiters.length > 0) this.#resolve((waiter) => isAtLeast(resourceVersion, waiter.version));
  }

  #store(object: O): void {
    const previous = this.#cache.set(object);
    if (previous && previous.metadata.uid === object.metadata.uid) {
      this.#dispatch((h) => h.updated?.(object, previous));
      return;
    }
    if (previous) this.#dispatch((h) => h.deleted?.(previous));
    this.#dispatch((h) => h.added?.(object));
  }

  #dispatch(call: (handler: Handler<O>) => void): void {
    for (const handler of this.#handlers) this.#tell(handler, call);
  }

  #tell(handler: Handler<O>, call: (handler: Handler<O>) => void): void {
    try {
      call(handler);
    } catch (error) {
      this.#log.error("a handler failed", { error });
    }
  }

  #resolve(done: (waiter: Waiter) => boolean): void {
    const { ready = [], waiting = [] } = Object.groupBy(this.#waiters, (waiter) => (done(waiter) ? "ready" : "waiting"));
    this.#waiters = waiting;
    for (const waiter of ready) waiter.resolve();
  }
}

function slim<O extends ApiObject>(object: O): O {
  delete object.metadata.managedFields;
  return object;
}

function isGone(error: unknown): boolean {
  return hasReason(error, "Expired") || hasReason(error, "Gone") || (error instanceof StatusError && error.code === 410);
}
