import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { StoreError } from "@wherry/store";
import SQLite, { type Database } from "better-sqlite3";
import { storeError } from "./errors.ts";
import type { Boot } from "./protocol.ts";
import { APPLICATION_ID, ensureTables, FORMAT } from "./schema.ts";

const MEMORY = ":memory:";
const PAGE = 4096;

/**
 * Opens the database for this process alone and prepares its tables. The lock is SQLite's own, so it goes with the process, however that ends.
 * Throws StoreError: InUse, NewerVersion, NotAStore, Corrupt, IO, Full.
 */
export function openDatabase({ path, maxBytes }: Boot): Database {
  let db: Database | undefined;
  try {
    if (path !== MEMORY) makeFile(path);
    db = new SQLite(path, { timeout: 0 });
    db.pragma("locking_mode = EXCLUSIVE");
    const found = checkFormat(db, path);
    prepare(db, maxBytes);
    ensureTables(db, found);
    if (path !== MEMORY) leaveName(path);
    return db;
  } catch (error) {
    db?.close();
    throw openError(error, path);
  }
}

/** Closes the database; afterwards everything is in the one file, and another process may open it. */
export function closeDatabase(db: Database, path: string): void {
  if (path !== MEMORY) rmSync(ownerFile(path), { force: true });
  db.close();
}

/** The values are secrets: nobody else may read the file. SQLite gives its companions the same mode. */
function makeFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    // Never opens a file that is there: closing a second descriptor would drop this process' own locks on it.
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

function checkFormat(db: Database, path: string): number {
  const version = db.pragma("user_version", { simple: true }) as number;
  const application = db.pragma("application_id", { simple: true }) as number;
  const empty = db.prepare("SELECT count(*) FROM sqlite_schema").pluck().get() === 0;
  if (empty && version === 0) return 0;
  if (application !== APPLICATION_ID) {
    throw new StoreError("NotAStore", `${path} is a database of another program, not a store of Wherry: choose another data directory`);
  }
  if (version > FORMAT) {
    const what = `${path} was written by a newer version of Wherry (format ${version}; this one knows formats up to ${FORMAT})`;
    throw new StoreError("NewerVersion", `${what}: start that version again, or restore a backup made before the upgrade`);
  }
  return version;
}

function prepare(db: Database, maxBytes: number | undefined): void {
  db.pragma("auto_vacuum = INCREMENTAL");
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = FULL");
  // The thread moves the log into the file itself, after the writers have their answers; this is only the last resort.
  db.pragma("wal_autocheckpoint = 8192");
  db.pragma("journal_size_limit = 4194304");
  db.pragma("cache_size = -4096");
  db.pragma("temp_store = MEMORY");
  if (maxBytes) db.pragma(`max_page_count = ${Math.floor(maxBytes / PAGE)}`);
}

/** For the message that another process gets. Not worth a failure: on a full disk the store still opens. */
function leaveName(path: string): void {
  try {
    writeFileSync(ownerFile(path), `${process.pid} ${hostname()}\n`, { mode: 0o600 });
  } catch {}
}

function ownerFile(path: string): string {
  return `${path}.owner`;
}

function openError(error: unknown, path: string): Error {
  const known = storeError(error, path);
  if (!(known instanceof StoreError)) return known;
  if (known.failure === "InUse")
    return new StoreError("InUse", `${path} is in use by ${owner(path)}: stop it first, or choose another data directory`);
  if (known.failure === "NotAStore" && !(error instanceof StoreError)) {
    return new StoreError(
      "NotAStore",
      `${path} is not a store of Wherry, or its beginning is damaged: restore it from a backup, or move it away`,
    );
  }
  return known;
}

function owner(path: string): string {
  try {
    const [pid, host] = readFileSync(ownerFile(path), "utf8").trim().split(" ");
    return host ? `process ${pid} on ${host}` : "another process";
  } catch {
    return "another process";
  }
}
