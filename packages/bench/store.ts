import { EventEmitter, on } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Store } from "@wherry/store";
import { openSqliteStore } from "@wherry/store-sqlite";
import SQLite from "better-sqlite3";
import { inTurns, report } from "./report.ts";

/** How long one measurement runs, and how often each is taken. About 20 seconds in all. */
const WINDOW_MS = 500;
const ROUNDS = 3;

/** The size of a pod's JSON. */
const VALUE = Buffer.alloc(4000, "x");

const WATCHERS = 1000;
/** Writes, and so events, at once. */
const GROUP = 50;

const dir = mkdtempSync(join(tmpdir(), "wherry-bench-"));
let unique = 0;

/** How many times per second `work` gets done, while it says how much it did. */
function rate(work: () => number): number {
  const start = performance.now();
  let done = 0;
  while (performance.now() - start < WINDOW_MS) done += work();
  return (done / (performance.now() - start)) * 1000;
}

/** The floor: inserts into a table with the key as its index, each `group` of them one commit on disk. */
function raw(group: number): number {
  const db = new SQLite(join(dir, `raw-${unique++}.db`));
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = FULL");
  db.exec("CREATE TABLE kv (key TEXT PRIMARY KEY, value BLOB)");
  const insert = db.prepare("INSERT INTO kv VALUES (?, ?)");
  let i = 0;
  const commit = db.transaction(() => {
    for (let n = 0; n < group; n++) insert.run(keyOf(i++), VALUE);
    return group;
  });
  const result = rate(commit);
  db.close();
  return result;
}

async function creates(writers: number): Promise<number> {
  const store = await openSqliteStore({ path: join(dir, `store-${unique++}.db`) });
  const start = performance.now();
  let done = 0;
  const write = async () => {
    while (performance.now() - start < WINDOW_MS) await store.create(keyOf(done++), VALUE);
  };
  await Promise.all(Array.from({ length: writers }, write));
  const result = (done / (performance.now() - start)) * 1000;
  await store.close();
  return result;
}

function keyOf(i: number): string {
  return `/registry/pods/namespace-${i % 10}/name-of-a-pod-${i}`;
}

/** Deliveries per second through async iterators over an event emitter: what a fan-out of batches costs without a store. */
async function emitted(): Promise<number> {
  const emitter = new EventEmitter().setMaxListeners(0);
  const abort = new AbortController();
  const batch = Array.from({ length: GROUP }, (_, i) => i);
  let delivered = 0;
  let complete = Promise.withResolvers<void>();
  const listen = async () => {
    for await (const [events] of on(emitter, "batch", { signal: abort.signal }) as AsyncIterable<[number[]]>) {
      delivered += events.length;
      if (delivered % (WATCHERS * GROUP) === 0) complete.resolve();
    }
  };
  const listeners = Array.from({ length: WATCHERS }, () => listen().catch(() => {}));
  const start = performance.now();
  while (performance.now() - start < WINDOW_MS) {
    complete = Promise.withResolvers();
    emitter.emit("batch", batch);
    await complete.promise;
  }
  const result = (delivered / (performance.now() - start)) * 1000;
  abort.abort();
  await Promise.all(listeners);
  return result;
}

/** Deliveries per second to watchers, from a group of writes to the last delivery of them. */
async function watched(): Promise<number> {
  const store = await openSqliteStore({ path: ":memory:" });
  const abort = new AbortController();
  let delivered = 0;
  let complete = Promise.withResolvers<void>();
  const watch = async () => {
    for await (const batch of store.watch("/registry/", 0, abort.signal)) {
      delivered += batch.length;
      if (delivered % (WATCHERS * GROUP) === 0) complete.resolve();
    }
  };
  const watchers = Promise.all(Array.from({ length: WATCHERS }, watch));
  const start = performance.now();
  for (let i = 0; performance.now() - start < WINDOW_MS; i += GROUP) {
    complete = Promise.withResolvers();
    await Promise.all([writeGroup(store, i), complete.promise]);
  }
  const result = (delivered / (performance.now() - start)) * 1000;
  abort.abort();
  await watchers;
  await store.close();
  return result;
}

async function writeGroup(store: Store, from: number): Promise<void> {
  await Promise.all(Array.from({ length: GROUP }, (_, n) => store.create(keyOf(from + n), VALUE)));
}

/** Creates of the store against inserts with as many per commit as there are writers. */
async function compareCreates(writers: number, atLeast: number): Promise<void> {
  const { floor, value } = await inTurns(ROUNDS, { floor: () => raw(writers), value: () => creates(writers) });
  const peer = { name: `raw better-sqlite3 in commits of ${writers}`, value: floor };
  report({ name: `store.create.writers-${writers}`, value, unit: "/s", peer, goal: { atLeast } });
}

/** What group commit brings: many writers against single commits, all of them on disk before they are answered. */
async function compareGroupCommit(writers: number): Promise<void> {
  const { floor, value } = await inTurns(ROUNDS, { floor: () => raw(1), value: () => creates(writers) });
  const peer = { name: "raw better-sqlite3 in single commits", value: floor };
  report({ name: `store.group-commit.writers-${writers}`, value, unit: "/s", peer, goal: { atLeast: 2 } });
}

async function compareFanOut(): Promise<void> {
  const { floor, value } = await inTurns(2, { floor: emitted, value: watched });
  const peer = { name: "batches through async iterators of node:events", value: floor };
  report({ name: `store.watch.watchers-${WATCHERS}`, value, unit: "/s", peer });
}

try {
  // One writer alone pays for two changes of thread with every commit.
  await compareCreates(1, 0.33);
  await compareCreates(10, 0.4);
  await compareCreates(100, 0.4);
  await compareGroupCommit(100);
  await compareFanOut();
} finally {
  rmSync(dir, { recursive: true });
}
