import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Store } from "@wherry/store";
import { expect, onTestFinished, test } from "vitest";
import { openSqliteStore } from "./index.ts";

const KEYS = 1500;
const ROUNDS = 8;

const keyOf = (i: number) => `/registry/pods/namespace-${i % 10}/name-of-a-pod-${i}`;
/** From 300 bytes to 9 KB, most of them small, as objects are. */
const sizeOf = (i: number, round: number) => 300 + (((i * 7919 + round * 104_729) % 1000) ** 2 * 9) / 1000;

async function rewrite(store: Store, revisions: number[], round: number): Promise<void> {
  const write = async (i: number) => {
    const value = new Uint8Array(sizeOf(i, round)).fill(round);
    const result = await (revisions[i] ? store.update(keyOf(i), value, revisions[i]) : store.create(keyOf(i), value));
    if (!result.ok) throw new Error(`the write of ${keyOf(i)} lost a race with nobody`);
    revisions[i] = result.revision;
  };
  await Promise.all(
    Array.from({ length: KEYS }, (_, i) => i)
      .filter((i) => round === 0 || (i * 31 + round) % 3 === 0)
      .map(write),
  );
}

async function liveBytes(store: Store): Promise<number> {
  return (await store.list("")).entries.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
}

async function fileBytes(dir: string): Promise<number> {
  const sizes = ["store.db", "store.db-wal"].map((file) =>
    stat(join(dir, file)).then(
      ({ size }) => size,
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size);
}

test("after a compaction the file is below twice the live data, whatever was updated or deleted", async () => {
  const dir = await mkdtemp(join(tmpdir(), "wherry-space-"));
  onTestFinished(() => rm(dir, { recursive: true }));
  let store = await openSqliteStore({ path: join(dir, "store.db") });
  onTestFinished(() => store.close());
  const revisions: number[] = [];
  const check = async () => {
    await store.compact(store.revision);
    const live = await liveBytes(store);
    await store.close();
    expect((await fileBytes(dir)) / live).toBeLessThan(2);
    store = await openSqliteStore({ path: join(dir, "store.db") });
  };
  for (let round = 0; round < ROUNDS; round++) {
    await rewrite(store, revisions, round);
    await check();
  }
  await Promise.all(revisions.map((revision, i) => (i % 5 < 3 ? store.delete(keyOf(i), revision) : undefined)));
  await check();
  expect((await store.list("")).entries).toHaveLength(KEYS * 0.4);
}, 60_000);
