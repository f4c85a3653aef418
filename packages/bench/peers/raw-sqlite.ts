import { join } from "node:path";
import SQLite from "better-sqlite3";

/** Inserts per second into a table with the key as its index, each `group` of them one commit on disk, for so many milliseconds. */
export function rawCommits(folder: string, group: number, value: Buffer, milliseconds: number): number {
  const db = new SQLite(join(folder, `raw-${performance.now()}.db`));
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = FULL");
  db.exec("CREATE TABLE kv (key TEXT PRIMARY KEY, value BLOB)");
  const insert = db.prepare("INSERT INTO kv VALUES (?, ?)");
  let done = 0;
  const commit = db.transaction(() => {
    for (let n = 0; n < group; n++) insert.run(`/registry/configmaps/default/name-${done++}`, value);
  });
  const begun = performance.now();
  while (performance.now() - begun < milliseconds) commit();
  const rate = (done / (performance.now() - begun)) * 1000;
  db.close();
  return rate;
}
