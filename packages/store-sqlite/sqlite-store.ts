import {
  CompactedError,
  type Entry,
  type ListOptions,
  type ListResult,
  type Store,
  StoreError,
  type StoreEvent,
  type WriteResult,
} from "@wherry/store";
import type { Boot, WriteCommand } from "./protocol.ts";
import { startThread, Thread, type Written } from "./thread.ts";
import { type Changes, WatchHub } from "./watch-hub.ts";

/** Where a store lives. */
export interface SqliteStoreOptions {
  /**
   * The database file, made when it is not there (with its folder), or ":memory:". It may be opened by one process at a time; copying or reading
   * it while the store is open is not safe.
   */
  path: string;
  /** A quota for the file, in bytes. Writes beyond it fail like those on a full disk. */
  maxBytes?: number;
}

/**
 * Opens a Store on a SQLite database of its own, on a thread of its own: the event loop never waits for the disk, and concurrent writes share one
 * sync. A write is on disk (WAL, synchronous=FULL) before it is answered. Rejects with StoreError that says what is wrong with the file and what
 * to do. An open store keeps the process alive until it is closed.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { worker, revision, compacted } = await startThread(options satisfies Boot);
  const hub = new WatchHub(revision);
  const thread = new Thread(worker, options.path, {
    written: (group, newest) => hub.publish(group.flatMap(toEvent), newest),
    ended: () => hub.wakeAll(),
  });
  return new SqliteStore(thread, hub, compacted, options.path);
}

class SqliteStore implements Store {
  readonly #thread: Thread;
  readonly #hub: WatchHub;
  readonly #path: string;
  #compacted: number;
  #closing: Promise<void> | undefined;

  constructor(thread: Thread, hub: WatchHub, compacted: number, path: string) {
    this.#thread = thread;
    this.#hub = hub;
    this.#compacted = compacted;
    this.#path = path;
  }

  get revision(): number {
    return this.#hub.newest;
  }

  async get(key: string, at?: number): Promise<Entry | undefined> {
    this.#checkOpen();
    return this.#thread.ask("get", { key, ...(at !== undefined && { at }) });
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ListResult> {
    this.#checkOpen();
    return this.#thread.ask("list", { prefix, options });
  }

  create(key: string, value: Uint8Array): Promise<WriteResult> {
    return this.#write({ op: "create", key, value });
  }

  update(key: string, value: Uint8Array, expected: number): Promise<WriteResult> {
    return this.#write({ op: "update", key, value, expected });
  }

  delete(key: string, expected: number): Promise<WriteResult> {
    return this.#write({ op: "delete", key, expected });
  }

  async *watch(prefix: string, after: number, signal: AbortSignal): AsyncIterable<readonly StoreEvent[]> {
    if (!signal.aborted && after < this.#compacted) throw new CompactedError(after, this.#compacted);
    let seen = after;
    while (!signal.aborted) {
      this.#checkOpen();
      const { events, through } = await this.#changes(prefix, seen, signal);
      if (signal.aborted) return;
      const unseen = events[0] && events[0].revision <= seen ? events.filter((event) => event.revision > seen) : events;
      seen = Math.max(seen, through);
      if (unseen.length > 0) yield unseen;
    }
  }

  /** The changes above `seen` from memory, from history, or when there are none yet, the next ones. */
  async #changes(prefix: string, seen: number, signal: AbortSignal): Promise<Changes> {
    if (seen >= this.#hub.newest) return this.#hub.next(prefix, signal);
    return this.#hub.since(prefix, seen) ?? this.#thread.ask("history", { prefix, after: seen });
  }

  async compact(through: number): Promise<void> {
    this.#checkOpen();
    this.#compacted = await this.#thread.ask("compact", { through });
  }

  close(): Promise<void> {
    this.#closing ??= this.#thread.end();
    return this.#closing;
  }

  async #write(command: WriteCommand): Promise<WriteResult> {
    this.#checkOpen();
    if (!command.key.isWellFormed()) throw new StoreError("Invalid", `the key ${JSON.stringify(command.key)} holds half a character`);
    const outcome = await this.#thread.write(command);
    if (outcome.ok === "error") throw new Error("refused writes reject");
    return outcome.ok ? { ok: true, revision: outcome.revision } : { ok: false, current: outcome.current };
  }

  #checkOpen(): void {
    if (this.#closing) throw new StoreError("Closed", `the store at ${this.#path} is closed`);
    if (this.#thread.failure) throw this.#thread.failure;
  }
}

function toEvent({ command, outcome }: Written): StoreEvent[] {
  if (outcome.ok !== true) return [];
  const { revision, createRevision, previous } = outcome;
  const { key } = command;
  if (command.op === "delete") return [{ type: "delete", key, revision, createRevision, ...(previous && { previous }) }];
  return [{ type: "put", key, revision, createRevision, value: command.value }];
}
