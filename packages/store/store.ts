/** One stored value at one revision. */
export interface Entry {
  readonly key: string;
  readonly value: Uint8Array;
  /** Revision of the write that made this value. */
  readonly revision: number;
  /** Revision of the write that made the key exist (again). */
  readonly createRevision: number;
}

/** A change. On a delete, `value` is absent and `previous` is what was there. */
export interface StoreEvent {
  readonly type: "put" | "delete";
  readonly key: string;
  readonly revision: number;
  readonly createRevision: number;
  readonly value?: Uint8Array;
  readonly previous?: Entry;
}

/** The outcome of a conditional write. A lost race is a value: `current` is what is there now, undefined when nothing is. */
export type WriteResult = { readonly ok: true; readonly revision: number } | { readonly ok: false; readonly current: Entry | undefined };

export interface ListOptions {
  /** Read as of this revision; throws CompactedError when it is gone, FutureRevisionError when it is not there yet. */
  at?: number;
  /** At most this many entries; 0 is no limit. */
  limit?: number;
  /** Only keys that sort after this one. */
  after?: string;
}

export interface ListResult {
  /** The revision the list is true at. */
  readonly revision: number;
  /** In byte order of their keys. */
  readonly entries: readonly Entry[];
  /** Whether more keys follow. */
  readonly more: boolean;
  /** Keys under the prefix after the last entry, at the same revision. */
  readonly remaining: number;
}

/**
 * A key-value store with one revision counter and history: the seam under the API server. Every implementation must pass
 * `storeContract`. A write resolves only after it is durable, and is visible to every read that starts after that. Revisions are positive,
 * and grow by exactly one with each successful write. Keys are any well-formed strings. A value given to a write belongs to the store from then
 * on (events carry the same array): do not change it, nor what reads and events give. What cannot be done rejects with StoreError and changes nothing.
 */
export interface Store {
  /** The newest durable revision; 0 when nothing was ever written. */
  readonly revision: number;
  get(key: string, at?: number): Promise<Entry | undefined>;
  list(prefix: string, options?: ListOptions): Promise<ListResult>;
  /** Fails when the key exists. */
  create(key: string, value: Uint8Array): Promise<WriteResult>;
  /** Fails unless the key's revision is `expected`. */
  update(key: string, value: Uint8Array, expected: number): Promise<WriteResult>;
  /** Fails unless the key's revision is `expected`. */
  delete(key: string, expected: number): Promise<WriteResult>;
  /**
   * Every change under `prefix` with a revision above `after`, in order, without gaps or repeats, in batches; then what comes. Ends when the
   * signal aborts. Throws CompactedError when changes above `after` are no longer kept (at once, or later for a watcher so slow that history was
   * compacted past it), StoreError when the store is closed. Never yields what is not durable. Costs no memory for a watcher that is slow.
   */
  watch(prefix: string, after: number, signal: AbortSignal): AsyncIterable<readonly StoreEvent[]>;
  /**
   * Forgets the changes through this revision, inclusive; the live values stay. Reads at `through` itself still work, older ones do not.
   * Throws FutureRevisionError when it is not there yet; does nothing when it is gone already.
   */
  compact(through: number): Promise<void>;
  /** Waits for writes under way; later calls reject. Idempotent. */
  close(): Promise<void>;
}

/** The history asked for has been compacted. */
export class CompactedError extends Error {
  readonly asked: number;
  /** The oldest revision that can still be read, and watched from. */
  readonly oldest: number;
  constructor(asked: number, oldest: number) {
    super(`revision ${asked} has been compacted: the oldest that can be read is ${oldest}`);
    this.name = "CompactedError";
    this.asked = asked;
    this.oldest = oldest;
  }
}

/** The revision asked for has not been written yet. */
export class FutureRevisionError extends Error {
  readonly asked: number;
  readonly current: number;
  constructor(asked: number, current: number) {
    super(`revision ${asked} is in the future: the newest is ${current}`);
    this.name = "FutureRevisionError";
    this.asked = asked;
    this.current = current;
  }
}
