import type { StoreEvent } from "@wherry/store";
import { GroupIndex } from "./group-index.ts";
import { type CacheEvent, History } from "./history.ts";
import { Item, type KindBytes } from "./item.ts";
import type { Selection } from "./selection.ts";
import { SortedKeys } from "./sorted-keys.ts";
import { type EventFormat, type Member, WatchGroup } from "./watch-group.ts";

/** All objects of one resource, in memory, with its newest changes and its watchers. */
export class ResourceCache {
  /** Every key of the resource starts with this. */
  readonly root: string;
  readonly of: KindBytes;
  readonly #items = new Map<string, Item>();
  readonly #keys = new SortedKeys();
  readonly #groups = new Map<string, WatchGroup>();
  readonly #index = new GroupIndex();
  readonly #listeners = new Set<(event: CacheEvent) => void>();
  readonly #followers = new Set<(bookmark?: number) => void>();
  #history: History;
  #undelivered: CacheEvent[] = [];
  #generation = new AbortController();

  constructor(of: KindBytes, root: string) {
    this.of = of;
    this.root = root;
    this.#history = new History(0);
  }

  get history(): History {
    return this.#history;
  }

  get size(): number {
    return this.#items.size;
  }

  get watchers(): number {
    let count = 0;
    for (const group of this.#groups.values()) count += group.members.size;
    return count + this.#followers.size;
  }

  /** Aborts when this copy was lost and filled anew: watchers must start over. */
  get lifetime(): AbortSignal {
    return this.#generation.signal;
  }

  get(key: string): Item | undefined {
    return this.#items.get(key);
  }

  /** The part of the key space that a namespace is; all of it when there is none. */
  prefix(namespace: string | undefined): string {
    return namespace === undefined ? this.root : `${this.root}${namespace}/`;
  }

  /** Items in order of their keys. Not to be kept across an await. */
  *items(prefix = this.root, after?: string): Generator<Item> {
    for (const key of this.#keys.under(prefix, after)) yield this.#items.get(key) as Item;
  }

  /** Calls `fn` for every change, in order, before any watcher hears of it. */
  onChange(fn: (event: CacheEvent) => void): void {
    this.#listeners.add(fn);
  }

  /** Takes a change from the store; one that it has already is left out. Watchers hear of it at the next `flush`. */
  apply(event: StoreEvent): void {
    if (event.revision <= this.#history.last) return;
    const previous = this.#items.get(event.key);
    const item = event.type === "put" && event.value ? new Item(this.of, { ...event, value: event.value }) : undefined;
    this.#set(event.key, item);
    const change: CacheEvent = { revision: event.revision, item, previous };
    this.#history.push(change);
    for (const listener of this.#listeners) listener(change);
    if (this.#groups.size + this.#followers.size > 0) this.#undelivered.push(change);
  }

  /** Delivers what watchers have not heard of yet. */
  flush(): void {
    const events = this.#undelivered;
    if (events.length === 0) return;
    this.#undelivered = [];
    for (const [group, own] of this.#index.concerned(events)) group.deliver(own);
    for (const event of events) event.frames = undefined;
    for (const tell of this.#followers) tell();
  }

  /** Replaces everything: at the start, and after history was lost. Ends all watches. */
  refill(entries: Iterable<Item>, revision: number): void {
    const before = new Map(this.#items);
    this.#items.clear();
    this.#keys.clear();
    for (const item of entries) this.#set(item.key, item);
    this.#history = new History(revision);
    this.#undelivered = [];
    this.#tell(before, revision);
    this.#generation.abort();
    this.#generation = new AbortController();
  }

  /** Ends every watch, and those to come. */
  close(): void {
    this.#generation.abort();
  }

  /** A watcher that has heard of everything so far joins those that want the same. Gives its leaving. */
  join(selection: Selection, format: EventFormat, member: Member): () => void {
    const id = `${format.id} ${selection.id}`;
    const group = this.#groups.get(id) ?? this.group(selection, format);
    this.#groups.set(id, group);
    this.#index.add(group);
    group.members.add(member);
    return () => {
      group.members.delete(member);
      if (group.members.size > 0 || this.#groups.get(id) !== group) return;
      this.#groups.delete(id);
      this.#index.remove(group);
    };
  }

  /**
   * For a watcher that reads the history at its own pace: `tell` is called when there is more of it, and with a revision when it is time to say that nothing up to there is missing.
   * Gives its leaving.
   */
  follow(tell: (bookmark?: number) => void): () => void {
    this.#followers.add(tell);
    return () => void this.#followers.delete(tell);
  }

  /** A group that nobody joined, to render events for one watcher that catches up. */
  group(selection: Selection, format: EventFormat): WatchGroup {
    return new WatchGroup(selection, this.prefix(selection.namespace), format);
  }

  /** Tells watchers that want it that nothing up to `revision` is missing. */
  bookmark(revision: number): void {
    this.flush();
    for (const group of this.#groups.values()) group.bookmark(revision);
    for (const tell of this.#followers) tell(revision);
  }

  #set(key: string, item: Item | undefined): void {
    if (item) {
      if (!this.#items.has(key)) this.#keys.add(key);
      this.#items.set(key, item);
    } else if (this.#items.delete(key)) {
      this.#keys.remove(key);
    }
  }

  #tell(before: Map<string, Item>, revision: number): void {
    for (const item of this.#items.values()) {
      const previous = before.get(item.key);
      before.delete(item.key);
      if (previous?.revision === item.revision) continue;
      for (const listener of this.#listeners) listener({ revision: item.revision, item, previous });
    }
    for (const previous of before.values()) for (const listener of this.#listeners) listener({ revision, item: undefined, previous });
  }
}
