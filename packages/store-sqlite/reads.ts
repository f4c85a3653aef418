import {
  CompactedError,
  type Entry,
  FutureRevisionError,
  type ListOptions,
  type ListResult,
  prefixEnd,
  type StoreEvent,
} from "@wherry/store";
import type { Database } from "better-sqlite3";
import type { HistoryPage } from "./protocol.ts";

interface Row {
  key: string;
  revision: number;
  created: number;
  value: Uint8Array;
}

interface LogRow {
  revision: number;
  key: string;
  created: number;
  previous: number;
  value: Uint8Array | null;
  /** What a delete took away. */
  gone: Uint8Array | null;
}

/** A page of history ends after this many changes, or bytes of values, so that a watcher far behind never asks for a large message. */
const PAGE_ROWS = 1000;
const PAGE_BYTES = 1 << 20;

/** Sorts after every key: in SQLite any BLOB is above any TEXT. */
const END = Buffer.from([0]);

const RANGE = "key >= :from AND key < :to";

/**
 * Where each key of the range had its value at revision :at. A key that changed since had the value its first change since then replaced; the
 * others still have it.
 */
const VERSIONS = `
  SELECT key, revision FROM live WHERE ${RANGE} AND revision <= :at
  UNION ALL
  SELECT key, previous AS revision FROM log WHERE revision > :at AND previous BETWEEN 1 AND :at AND ${RANGE}`;

interface Range {
  from: string;
  to: string | Buffer;
  at: number;
}

/** Reads of live values and of history. Throws CompactedError and FutureRevisionError. */
export class Reads {
  readonly #bounds: () => { revision: number; compacted: number };
  readonly #list;
  readonly #count;
  readonly #live;
  readonly #version;
  readonly #history;

  /** @param bounds the newest revision, and the one through which history is gone */
  constructor(db: Database, bounds: () => { revision: number; compacted: number }) {
    this.#bounds = bounds;
    this.#list = db.prepare<[Range & { limit: number }], Row>(`
      SELECT found.key, found.revision, log.created, log.value
      FROM (${VERSIONS} ORDER BY key LIMIT :limit) AS found JOIN log ON log.revision = found.revision
      ORDER BY found.key`);
    this.#count = db.prepare<[Range], number>(`SELECT count(*) FROM (${VERSIONS})`).pluck();
    this.#live = db.prepare<[string], Row>("SELECT log.* FROM live JOIN log ON log.revision = live.revision WHERE live.key = ?");
    this.#version = db.prepare<[number], Row>("SELECT * FROM log WHERE revision = ?");
    this.#history = db.prepare<[{ from: string; to: string | Buffer; since: number }], LogRow>(`
      SELECT log.*, former.value AS gone
      FROM log LEFT JOIN log AS former ON log.value IS NULL AND former.revision = log.previous
      WHERE log.revision > :since AND log.key >= :from AND log.key < :to
      ORDER BY log.revision`);
  }

  get(key: string, at?: number): Entry | undefined {
    if (at === undefined) return entry(this.#live.get(key));
    this.#check(at);
    return entry(this.#list.get({ from: key, to: successor(key), at, limit: 1 }));
  }

  /** The value that was written at `revision`, which must still be there. */
  version(revision: number): Entry | undefined {
    return entry(this.#version.get(revision));
  }

  list(prefix: string, { at, limit, after }: ListOptions): ListResult {
    const revision = at ?? this.#bounds().revision;
    this.#check(revision);
    const range: Range = { ...rangeOf(prefix, after), at: revision };
    if (!limit || limit < 0) {
      const entries = this.#list.all({ ...range, limit: -1 }).map(toEntry);
      return { revision, entries, more: false, remaining: 0 };
    }
    const entries = this.#list.all({ ...range, limit }).map(toEntry);
    const last = entries.at(-1);
    const remaining = last && entries.length === limit ? (this.#count.get({ ...range, from: successor(last.key) }) as number) : 0;
    return { revision, entries, more: remaining > 0, remaining };
  }

  /** The next page of changes under `prefix` above `after`. */
  history(prefix: string, after: number): HistoryPage {
    const { revision, compacted } = this.#bounds();
    if (after < compacted) throw new CompactedError(after, compacted);
    const events: StoreEvent[] = [];
    let bytes = 0;
    for (const row of this.#history.iterate({ ...rangeOf(prefix), since: after })) {
      events.push(toEvent(row));
      bytes += row.value?.length ?? 0;
      if (events.length >= PAGE_ROWS || bytes >= PAGE_BYTES) return { events, through: row.revision };
    }
    return { events, through: Math.max(revision, after) };
  }

  #check(at: number): void {
    const { revision, compacted } = this.#bounds();
    if (at < compacted) throw new CompactedError(at, compacted);
    if (at > revision) throw new FutureRevisionError(at, revision);
  }
}

/** The next key after `key`: nothing sorts between a key and the same with the lowest character added. */
function successor(key: string): string {
  return `${key}\0`;
}

function rangeOf(prefix: string, after?: string): { from: string; to: string | Buffer } {
  const to = prefixEnd(prefix) ?? END;
  if (after === undefined) return { from: prefix, to };
  const next = successor(after);
  return { from: Buffer.compare(Buffer.from(next), Buffer.from(prefix)) > 0 ? next : prefix, to };
}

function toEntry({ key, value, revision, created }: Row): Entry {
  return { key, value, revision, createRevision: created };
}

function entry(row: Row | undefined): Entry | undefined {
  return row && toEntry(row);
}

function toEvent({ key, revision, created: createRevision, previous, value, gone }: LogRow): StoreEvent {
  if (value) return { type: "put", key, revision, createRevision, value };
  const before: Entry = { key, value: gone as Uint8Array, revision: previous, createRevision };
  return { type: "delete", key, revision, createRevision, previous: before };
}
