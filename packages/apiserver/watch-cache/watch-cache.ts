import { Backoff, type Clock, deferred, type Logger, type Timer } from "@wherry/base";
import { type KindDefinition, storedKind } from "@wherry/machinery";
import type { Store, StoreEvent } from "@wherry/store";
import { Codec } from "./codec.ts";
import { Item } from "./item.ts";
import { ResourceCache } from "./resource-cache.ts";

/** Everything the API serves is stored under this. */
export const ROOT = "/registry/";
const BOOKMARK_EVERY_MS = 60_000;

/** The part of the key space that belongs to a kind: `/registry/apps/deployments/`. */
export function rootOf(kind: Pick<KindDefinition, "group" | "plural">): string {
  return `${ROOT}${kind.group || "core"}/${kind.plural}/`;
}

/**
 * The whole of the store in memory, kept up to date by one watch. Its revision counts writes of every kind, so that "has the cache seen this
 * write?" is one comparison.
 */
export class WatchCache {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #stop = new AbortController();
  readonly #byRoot = new Map<string, ResourceCache>();
  readonly #byKind = new Map<KindDefinition, ResourceCache>();
  #revision = 0;
  #waiting: { revision: number; resolve(): void }[] = [];
  #flushing = false;
  #bookmarks: Timer | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(options: { store: Store; kinds: readonly KindDefinition[]; clock: Clock; log: Logger }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#log = options.log;
    const stored = options.kinds.filter((kind) => !kind.virtual);
    for (const [kind, versions] of Map.groupBy(stored, storedKind)) {
      const cache = new ResourceCache({ kind, versions, codec: new Codec(kind) }, rootOf(kind));
      this.#byRoot.set(cache.root, cache);
      for (const version of versions) this.#byKind.set(version, cache);
    }
  }

  /** Reads everything, then follows. Resolves when reads may begin; rejects when the store cannot be read. */
  async start(): Promise<void> {
    await this.#fill();
    this.#running = this.#follow();
    this.#scheduleBookmarks();
  }

  /** Every write up to this one is here. */
  get revision(): number {
    return this.#revision;
  }

  /** The cache of a kind's resource: all versions share one. */
  resource(kind: KindDefinition): ResourceCache {
    const cache = this.#byKind.get(kind);
    if (!cache) throw new Error(`the kind ${kind.kind} is not served`);
    return cache;
  }

  resources(): Iterable<ResourceCache> {
    return this.#byRoot.values();
  }

  /** Resolves when every write that was answered before this call is here. */
  fresh(): Promise<void> {
    return this.reached(this.#store.revision);
  }

  /** Resolves when the cache has seen this revision. */
  reached(revision: number): Promise<void> {
    if (this.#revision >= revision || this.#stop.signal.aborted) return Promise.resolve();
    const { promise, resolve } = deferred();
    this.#waiting.push({ revision, resolve });
    return promise;
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error("the API server is closing"));
    this.#bookmarks?.cancel();
    this.#wake(Number.POSITIVE_INFINITY);
    for (const cache of this.#byRoot.values()) cache.close();
    await this.#running;
  }

  async #fill(): Promise<void> {
    const { revision, entries } = await this.#store.list(ROOT);
    const items = new Map<ResourceCache, Item[]>();
    for (const entry of entries) {
      const cache = this.#owner(entry.key);
      if (!cache) continue;
      const list = items.get(cache) ?? [];
      items.set(cache, list);
      list.push(new Item(cache.of, entry));
    }
    for (const cache of this.#byRoot.values()) cache.refill(items.get(cache) ?? [], revision);
    this.#advance(revision);
  }

  async #follow(): Promise<void> {
    const backoff = new Backoff({ initial: 50, max: 5_000 });
    while (!this.#stop.signal.aborted) {
      try {
        for await (const batch of this.#store.watch(ROOT, this.#revision, this.#stop.signal)) {
          this.#apply(batch);
          backoff.reset();
        }
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        this.#log.warn("the watch of the store broke off; everything is read again", { error });
        await this.#refill(backoff);
      }
    }
  }

  async #refill(backoff: Backoff): Promise<void> {
    try {
      await this.#clock.sleep(backoff.next(), this.#stop.signal);
      await this.#fill();
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#log.error("the store cannot be read", { error });
    }
  }

  #apply(batch: readonly StoreEvent[]): void {
    let last = this.#revision;
    for (const event of batch) {
      this.#owner(event.key)?.apply(event);
      last = event.revision;
    }
    this.#advance(last);
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      for (const cache of this.#byRoot.values()) cache.flush();
    });
  }

  #owner(key: string): ResourceCache | undefined {
    const plural = key.indexOf("/", key.indexOf("/", ROOT.length) + 1);
    return this.#byRoot.get(key.slice(0, plural + 1));
  }

  #advance(revision: number): void {
    this.#revision = revision;
    if (this.#waiting.length > 0) this.#wake(revision);
  }

  #wake(revision: number): void {
    const ready = this.#waiting.filter((w) => w.revision <= revision);
    this.#waiting = this.#waiting.filter((w) => w.revision > revision);
    for (const { resolve } of ready) resolve();
  }

  #scheduleBookmarks(): void {
    this.#bookmarks = this.#clock.schedule(BOOKMARK_EVERY_MS, () => {
      for (const cache of this.#byRoot.values()) cache.bookmark(this.#revision);
      this.#scheduleBookmarks();
    });
  }
}
