import type { ApiObject } from "@wherry/machinery";

/** What changed. `object` and `previous` are shared: never change them. */
export interface Handler<O extends ApiObject> {
  added?(object: O): void;
  updated?(object: O, previous: O): void;
  deleted?(object: O): void;
  /** The kind itself is gone: nothing comes any more. */
  ended?(): void;
}

/** Reads from memory. What it gives is shared: never change it. */
export interface Lister<O extends ApiObject> {
  get(name: string, namespace?: string): O | undefined;
  /** All, or those of one namespace; in no order. */
  list(namespace?: string): O[];
  /** Those that index `index` files under `value`. The cost follows the number found. */
  byIndex(index: string, value: string): O[];
}

/**
 * A live copy of one kind. It lists, watches, relists after a 410, reconnects with back-off for ever, and never gives up. A relist is swapped in
 * atomically: handlers see the difference, listers never see a half-filled cache.
 */
export interface Informer<O extends ApiObject> {
  readonly lister: Lister<O>;
  /** True after the first complete list. */
  readonly synced: boolean;
  /** Resolves after the first complete list and its `added` calls. */
  whenSynced(): Promise<void>;
  /** Resolves when the cache has seen this resourceVersion: how a controller sees its own write without sleeping. */
  caughtUp(resourceVersion: string): Promise<void>;
  /** Adds a handler; it gets `added` for all that is there. Gives its removal. */
  on(handler: Handler<O>): () => void;
  /** Adds an index; each object is filed under every value that `fn` gives. */
  addIndex(name: string, fn: (object: O) => readonly string[]): void;
}
