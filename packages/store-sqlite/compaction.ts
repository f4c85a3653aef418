import { FutureRevisionError } from "@wherry/store";
import type { Database } from "better-sqlite3";

/** How much one step may do before writes get their turn. */
const STEP_ROWS = 500;
const STEP_PAGES = 256;

/** Free pages up to this share of the file are kept: new values will fill them. */
const SLACK = 0.15;

/** Forgets history, step by step between writes, and gives the space back. */
export class Compaction {
  readonly #db: Database;
  readonly #mark;
  readonly #swept;
  readonly #doomed;
  readonly #drop;
  #compacted: number;
  #sweptThrough: number;

  constructor(db: Database) {
    this.#db = db;
    const { compacted, swept } = db.prepare<[], { compacted: number; swept: number }>("SELECT compacted, swept FROM horizon").get() ?? {
      compacted: 0,
      swept: 0,
    };
    this.#compacted = compacted;
    this.#sweptThrough = swept;
    this.#mark = db.prepare<[number]>("UPDATE horizon SET compacted = ?");
    this.#swept = db.prepare<[number]>("UPDATE horizon SET swept = ?");
    this.#doomed = db.prepare<[number, number], { revision: number; previous: number; deleted: number }>(
      `SELECT revision, previous, value IS NULL AS deleted FROM log WHERE revision > ? AND revision <= ? ORDER BY revision LIMIT ${STEP_ROWS}`,
    );
    this.#drop = db.prepare<[number]>("DELETE FROM log WHERE revision = ?");
  }

  /** History through this revision is gone; the state at it can still be read. */
  get compacted(): number {
    return this.#compacted;
  }

  /** Whether an earlier run was cut short. */
  get unfinished(): boolean {
    return this.#sweptThrough < this.#compacted;
  }

  /** Hides history through `through` at once; what it held is removed by `steps`. @param newest the newest durable revision */
  begin(through: number, newest: number): void {
    if (through > newest) throw new FutureRevisionError(through, newest);
    if (through <= this.#compacted) return;
    this.#mark.run(through);
    this.#compacted = through;
  }

  /** Removes what was hidden and shrinks the file, in short steps. Can be dropped at any step and begun again. */
  *steps(): Generator<void> {
    while (this.unfinished) {
      this.#sweep();
      yield;
    }
    while (this.#shrink()) yield;
  }

  /** A change takes away what it replaced, and a delete itself as well: together at most one live version of a key is left below the horizon. */
  #sweep(): void {
    this.#sweptThrough = this.#db
      .transaction(() => {
        const rows = this.#doomed.all(this.#sweptThrough, this.#compacted);
        for (const { revision, previous, deleted } of rows) {
          if (previous) this.#drop.run(previous);
          if (deleted) this.#drop.run(revision);
        }
        const through = rows.length < STEP_ROWS ? this.#compacted : (rows.at(-1)?.revision ?? this.#compacted);
        this.#swept.run(through);
        return through;
      })
      .immediate();
  }

  #shrink(): boolean {
    const free = this.#db.pragma("freelist_count", { simple: true }) as number;
    const pages = this.#db.pragma("page_count", { simple: true }) as number;
    if (free <= Math.max(STEP_PAGES, pages * SLACK)) return false;
    this.#db.pragma(`incremental_vacuum(${STEP_PAGES})`);
    return true;
  }
}
