import type { Database } from "better-sqlite3";

/** The format this code writes: SQLite's `user_version`. Raise it with each change to the tables, and add a step to `migrations`. */
export const FORMAT = 1;

/** Marks the file as a store of Wherry ("WHRY"), so that another program's database is never taken for one. */
export const APPLICATION_ID = 0x57485259;

/*
 * `log` holds every change that is still remembered, and the value of every live key: each value is written once, at the end of the table.
 * `previous` is the revision this change replaced, 0 when the key was not there. A delete has no value.
 * `live` finds the newest value of a key. `horizon` says through which revision history is forgotten, and through which its rows are gone.
 */
const TABLES = `
  CREATE TABLE log (
    revision INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    created INTEGER NOT NULL,
    previous INTEGER NOT NULL,
    value BLOB
  ) STRICT;
  CREATE TABLE live (
    key TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    created INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE horizon (compacted INTEGER NOT NULL, swept INTEGER NOT NULL) STRICT;
  INSERT INTO horizon VALUES (0, 0);
`;

/** Steps from format N to N+1, in order, from format 1 on. */
const migrations: readonly string[] = [];

/** Makes the tables in an empty file, or brings older ones up to FORMAT: all or nothing. */
export function ensureTables(db: Database, found: number): void {
  if (found === FORMAT) return;
  db.transaction(() => {
    if (found === 0) db.exec(TABLES);
    else for (const step of migrations.slice(found - 1)) db.exec(step);
    db.pragma(`application_id = ${APPLICATION_ID}`);
    db.pragma(`user_version = ${FORMAT}`);
  }).immediate();
}
