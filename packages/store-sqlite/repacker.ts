import type { Database } from "better-sqlite3";

/** The pages are looked at again when this many rows were removed for each of them: a run is paid for by the removals before it. */
const REMOVED_PER_PAGE = 0.25;

/** The table is packed anew when more than this share of its pages is empty, and this much more than packing left the last time. */
const SPARSE = 0.25;
const WORSE = 0.1;

/** How many bytes of values one step moves. */
const STEP_BYTES = 256 << 10;

interface Row {
  revision: number;
  key: string;
  created: number;
  previous: number;
  value: Uint8Array | null;
}

/**
 * Packs `log` again after removals left its pages half empty: SQLite joins neighbours only when two thirds of a page are free, which can leave
 * the file three times as large as what is in it. Taking a run of rows out and putting it back fills the pages.
 */
export class Repacker {
  readonly #db: Database;
  readonly #usage;
  readonly #after;
  readonly #take;
  readonly #put;
  #removed = 0;
  #leftEmpty = 0;

  constructor(db: Database) {
    this.#db = db;
    this.#usage = db.prepare<[], { bytes: number; unused: number }>(
      "SELECT sum(pgsize) AS bytes, sum(unused) AS unused FROM dbstat WHERE name = 'log' AND aggregate = TRUE",
    );
    this.#after = db.prepare<[number], Row>("SELECT * FROM log WHERE revision > ? ORDER BY revision");
    this.#take = db.prepare<[number, number]>("DELETE FROM log WHERE revision BETWEEN ? AND ?");
    this.#put = db.prepare<Row>(
      "INSERT INTO log (revision, key, created, previous, value) VALUES (:revision, :key, :created, :previous, :value)",
    );
  }

  /** Tells of rows that were removed from the table. */
  removed(rows: number): void {
    this.#removed += rows;
  }

  /** Packs the table where it pays, in short steps: nothing changes for readers and writers between them. */
  *steps(): Generator<void> {
    const pages = this.#db.pragma("page_count", { simple: true }) as number;
    if (this.#removed < pages * REMOVED_PER_PAGE) return;
    this.#removed = 0;
    if (this.#empty() < Math.max(SPARSE, this.#leftEmpty + WORSE)) return;
    for (let rows = this.#next(0); rows.length > 0; rows = this.#next((rows.at(-1) as Row).revision)) {
      this.#repack(rows);
      yield;
    }
    this.#leftEmpty = this.#empty();
  }

  /** The share of the table's pages that holds nothing. */
  #empty(): number {
    const { bytes, unused } = this.#usage.get() ?? { bytes: 0, unused: 0 };
    return bytes ? unused / bytes : 0;
  }

  #next(after: number): Row[] {
    const rows: Row[] = [];
    let bytes = 0;
    for (const row of this.#after.iterate(after)) {
      rows.push(row);
      bytes += row.value?.length ?? 0;
      if (bytes >= STEP_BYTES || rows.length >= 2000) break;
    }
    return rows;
  }

  #repack(rows: readonly Row[]): void {
    const move = () => {
      this.#take.run((rows[0] as Row).revision, (rows.at(-1) as Row).revision);
      for (const row of rows) this.#put.run(row);
    };
    this.#db.transaction(move).immediate();
  }
}
