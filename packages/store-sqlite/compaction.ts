import { FutureRevisionError } from "@wherry/store";
import type { Database } from "better-sqlite3";

import { Repacker } from "./repacker.ts";

/** How much one step may do before writes get their turn. */
const STEP_ROWS = 500;
const STEP_PAGES = 256;

/** Free pages are given back when they are more than this, and this share of the file; below that, new values will fill them. */
const FREE_PAGES = 32;
const FREE_SHARE = 0.03;

interface Doomed {
  revision: number;
  previous: number;
  deleted: number;
}

/** Forgets history, step by step between writes, and gives the space back. */
export class Compaction {
  readonly #db: Database;
  readonly #repacker: Repacker;
  readonly #mark;
  readonly #swept;
  readonly #doomed;
  readonly #drop;
  #compacted: number;
  #sweptThrough: number;

  constructor(db: Database) {
    this.#db = db;
    this.#repacker = new Repacker(db);
    const { compacted, swept } = db.prepare<[], { compacted: number; swept: number }>("SELECT compacted, swept FROM horizon").get() ?? {
      compacted: 0,
      swept: 0,
    };
    this.#compacted = compacted;
    this.#sweptThrough = swept;
    this.#mark = db.prepare<[number]>("UPDATE horizon SET compacted = ?");
    this.#swept = db.prepare<[number]>("UPDATE horizon SET swept = ?");
    this.#doomed = db.prepare<[number, number], Doomed>(
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

  /**
   * Hides history through `through` at once; what it held is removed by `steps`.
   *
   * @param newest the newest durable revision
   */
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
    yield* this.#repacker.steps();
    while (this.#shrink()) yield;
  }

  /** A change takes away what it replaced, and a delete itself as well: below the horizon, only what can still be read at it is left. */
  #sweep(): void {
    const rows = this.#doomed.all(this.#sweptThrough, this.#compacted);
    const full = rows.length === STEP_ROWS;
    const through = full ? (rows.at(-1) as Doomed).revision : this.#compacted;
    const gone = rows.flatMap(({ revision, previous, deleted }) => [...(previous ? [previous] : []), ...(deleted ? [revision] : [])]);
    const remove = () => {
      for (const revision of gone) this.#drop.run(revision);
      this.#swept.run(through);
    };
    this.#db.transaction(remove).immediate();
    this.#sweptThrough = through;
    this.#repacker.removed(gone.length);
  }

  /** Gives some free pages back to the file system; whether there may be more. */
  #shrink(): boolean {
    const free = this.#db.pragma("freelist_count", { simple: true }) as number;
    const pages = this.#db.pragma("page_count", { simple: true }) as number;
    if (free <= Math.max(FREE_PAGES, pages * FREE_SHARE)) return false;
    this.#db.pragma(`incremental_vacuum(${STEP_PAGES})`);
    return true;
  }
}
