import { Backoff, type Clock, deferred, type Logger, type Timer } from "@wherry/base";
import { deepEqual, type KindDefinition, resourceKind } from "@wherry/machinery";
import type { Entry, Store, StoreEvent } from "@wherry/store";
import { unknownPath } from "../errors.ts";
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
  readonly #roots = new WeakMap<KindDefinition, string>();
  /** What happens to resources whose objects are being read. */
  readonly #joining = new Map<string, StoreEvent[]>();
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
    for (const [kind, versions] of Map.groupBy(stored, resourceKind)) {
      const cache = newCache(kind, versions);
      this.#byRoot.set(cache.root, cache);
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

  /** The cache of a kind's resource: all versions share one, and later definitions of it as well. Throws NotFound when it is not served (any more). */
  resource(kind: KindDefinition): ResourceCache {
    const root = this.#roots.get(kind) ?? rootOf(resourceKind(kind));
    this.#roots.set(kind, root);
    const cache = this.#byRoot.get(root);
    if (!cache) throw unknownPath();
    return cache;
  }

  /**
   * Begins to keep the objects of these kinds. Where their resource was there before, the new cache takes its place, and its watches end. Gives the caches; resolves when
   * they are filled.
   */
  async add(kinds: readonly KindDefinition[]): Promise<ResourceCache[]> {
    const added: ResourceCache[] = [];
    for (const [kind, versions] of Map.groupBy(kinds, resourceKind)) {
      const cache = newCache(kind, versions);
      await this.#join(cache);
      added.push(cache);
    }
    return added;
  }

  /** Forgets the resources of these kinds, and ends their watches. What is stored stays. */
  remove(kinds: readonly KindDefinition[]): void {
    for (const root of new Set(kinds.map((kind) => rootOf(resourceKind(kind))))) {
      this.#byRoot.get(root)?.close();
      this.#byRoot.delete(root);
    }
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
      const cache = this.#byRoot.get(rootIn(entry.key));
      if (!cache) continue;
      const list = items.get(cache) ?? [];
      items.set(cache, list);
      list.push(storedItem(cache, entry));
    }
    for (const cache of this.#byRoot.values()) cache.refill(items.get(cache) ?? [], revision);
    this.#advance(revision);
  }

  /** Reads what is stored, and takes in what happens meanwhile: nothing is missing, and nothing comes twice. */
  async #join(cache: ResourceCache): Promise<void> {
    const events: StoreEvent[] = [];
    this.#joining.set(cache.root, events);
    try {
      const { revision, entries } = await this.#store.list(cache.root);
      cache.refill(
        entries.map((entry) => storedItem(cache, entry)),
        revision,
      );
    } finally {
      this.#joining.delete(cache.root);
    }
    for (const event of events) cache.apply(event);
    this.#byRoot.get(cache.root)?.close();
    this.#byRoot.set(cache.root, cache);
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
      const root = rootIn(event.key);
      this.#byRoot.get(root)?.apply(event);
      this.#joining.get(root)?.push(event);
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

function newCache(kind: KindDefinition, versions: readonly KindDefinition[]): ResourceCache {
  const { conversion } = kind;
  // What another version says of an object is not known before somebody outside was asked.
  const readable = conversion ? [] : versions;
  return new ResourceCache({ kind, versions: readable, codec: new Codec(kind, conversion?.versions) }, rootOf(kind));
}

/** `/registry/apps/deployments/` of a key below it. */
function rootIn(key: string): string {
  const plural = key.indexOf("/", key.indexOf("/", ROOT.length) + 1);
  return key.slice(0, plural + 1);
}

/** An object as it was stored, maybe long ago and by another definition of its kind. */
function storedItem({ of }: ResourceCache, entry: Entry): Item {
  const item = new Item(of, entry);
  if (!of.kind.refresh || of.kind.conversion) return item;
  const object = item.object();
  const fresh = of.kind.refresh(object);
  return deepEqual(fresh, object) ? item : new Item(of, { ...entry, value: of.codec.encode(fresh) });
}
