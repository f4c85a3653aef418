import type { Entry } from "@wherry/store";
import type { Database } from "better-sqlite3";
import { toWire } from "./errors.ts";
import type { WriteCommand, WriteOutcome } from "./protocol.ts";
import type { Reads } from "./reads.ts";

interface LiveRow {
  revision: number;
  created: number;
}

/** The conditional writes, each group of them one transaction. */
export class Writes {
  readonly #reads: Reads;
  readonly #path: string;
  readonly #begin;
  readonly #commit;
  readonly #rollback;
  readonly #claim;
  readonly #replace;
  readonly #remove;
  readonly #append;
  readonly #inTransaction: () => boolean;
  #revision: number;

  constructor(db: Database, reads: Reads, revision: number, path: string) {
    this.#reads = reads;
    this.#path = path;
    this.#revision = revision;
    this.#inTransaction = () => db.inTransaction;
    this.#begin = db.prepare("BEGIN IMMEDIATE");
    this.#commit = db.prepare("COMMIT");
    this.#rollback = db.prepare("ROLLBACK");
    this.#claim = db.prepare<[string, number, number]>("INSERT OR IGNORE INTO live (key, revision, created) VALUES (?, ?, ?)");
    this.#replace = db.prepare<[number, string, number], LiveRow>(
      "UPDATE live SET revision = ? WHERE key = ? AND revision = ? RETURNING created",
    );
    this.#remove = db.prepare<[string, number], LiveRow>("DELETE FROM live WHERE key = ? AND revision = ? RETURNING created");
    this.#append = db.prepare<[number, string, number, number, Uint8Array | null]>(
      "INSERT INTO log (revision, key, created, previous, value) VALUES (?, ?, ?, ?, ?)",
    );
  }

  /** The newest durable revision. */
  get revision(): number {
    return this.#revision;
  }

  /**
   * Applies the writes in order and gives their outcomes once they are durable. When the group fails (a full disk), each write is tried alone, so
   * that one that is too large takes no other with it.
   */
  apply(writes: readonly WriteCommand[]): WriteOutcome[] {
    try {
      return this.#group(writes);
    } catch (error) {
      if (writes.length === 1) return [{ ok: "error", error: toWire(error, this.#path) }];
      return writes.flatMap((write) => this.apply([write]));
    }
  }

  #group(writes: readonly WriteCommand[]): WriteOutcome[] {
    const before = this.#revision;
    try {
      this.#begin.run();
      const outcomes = writes.map((write) => this.#one(write));
      this.#commit.run();
      return outcomes;
    } catch (error) {
      this.#revision = before;
      // SQLite rolls back by itself on some errors; a second rollback would hide the first one.
      if (this.#inTransaction()) this.#rollback.run();
      throw error;
    }
  }

  #one(write: WriteCommand): WriteOutcome {
    const revision = this.#revision + 1;
    const { key } = write;
    if (write.op === "create") {
      if (this.#claim.run(key, revision, revision).changes === 0) return this.#lost(key);
      return this.#log(key, revision, 0, write.value);
    }
    const live = write.op === "update" ? this.#replace.get(revision, key, write.expected) : this.#remove.get(key, write.expected);
    if (!live) return this.#lost(key);
    const previous = write.op === "delete" ? this.#reads.version(write.expected) : undefined;
    return this.#log(key, live.created, write.expected, write.op === "update" ? write.value : null, previous);
  }

  #log(key: string, createRevision: number, replaced: number, value: Uint8Array | null, previous?: Entry): WriteOutcome {
    const revision = this.#revision + 1;
    this.#append.run(revision, key, createRevision, replaced, value);
    this.#revision = revision;
    return { ok: true, revision, createRevision, ...(previous && { previous }) };
  }

  #lost(key: string): WriteOutcome {
    return { ok: false, current: this.#reads.get(key) };
  }
}
