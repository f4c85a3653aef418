import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Store } from "@wherry/store";
import { beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { openSqliteStore } from "./index.ts";

vi.setConfig({ testTimeout: 30_000 });

const run = promisify(execFile);
const MOUNT = "wherry-full-disk-";
const MB = 1 << 20;
const value = (i: number) => new Uint8Array(4000).fill(i % 256);

/** A disk that is soon full, and what makes room on it again. */
interface SmallDisk {
  open(): Promise<Store>;
  makeRoom(store: Store): Promise<void>;
}

/** A run that was killed leaves its mount behind; its process is in the name. */
beforeAll(async () => {
  const mounts = (await readFile("/proc/mounts", "utf8").catch(() => "")).split("\n").flatMap((line) => line.split(" ")[1] ?? []);
  for (const path of mounts.filter((mount) => mount.includes(`/${MOUNT}`))) {
    const pid = Number(path.split(MOUNT)[1]?.split("-")[0]);
    if (!isAlive(pid)) await run("umount", [path]).then(() => rm(path, { recursive: true }));
  }
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A file system of 4 MB, most of it taken by a file that can be removed. Undefined where this process may not mount. */
async function tmpfs(): Promise<SmallDisk | undefined> {
  const dir = await mkdtemp(join(tmpdir(), `${MOUNT}${process.pid}-`));
  try {
    await run("mount", ["-t", "tmpfs", "-o", "size=4m,mode=700", "tmpfs", dir]);
  } catch {
    await rm(dir, { recursive: true });
    return undefined;
  }
  onTestFinished(() => run("umount", [dir]).then(() => rm(dir, { recursive: true })));
  const ballast = join(dir, "ballast");
  await writeFile(ballast, new Uint8Array(2 * MB));
  return { open: () => openSqliteStore({ path: join(dir, "store.db") }), makeRoom: () => rm(ballast) };
}

/** A quota that is used up by history. */
async function quota(): Promise<SmallDisk> {
  const dir = await mkdtemp(join(tmpdir(), "wherry-quota-"));
  onTestFinished(() => rm(dir, { recursive: true }));
  const open = () => openSqliteStore({ path: join(dir, "store.db"), maxBytes: 2 * MB });
  return { open, makeRoom: (store) => store.compact(store.revision) };
}

/** Writes until the disk is full, each key again and again; gives the newest acknowledged revision of each key, and the error. */
async function fill(store: Store): Promise<{ acked: Map<string, number>; error: unknown }> {
  const acked = new Map<string, number>();
  for (let i = 0; ; i++) {
    const key = `/k${i % 40}`;
    const expected = acked.get(key);
    try {
      const result = await (expected ? store.update(key, value(i), expected) : store.create(key, value(i)));
      expect(result.ok).toBe(true);
      if (result.ok) acked.set(key, result.revision);
    } catch (error) {
      return { acked, error };
    }
  }
}

async function expectAll(store: Store, acked: ReadonlyMap<string, number>): Promise<void> {
  const { entries } = await store.list("/k");
  expect(new Map(entries.map(({ key, revision }) => [key, revision]))).toEqual(acked);
}

async function survive(disk: SmallDisk): Promise<void> {
  const store = await disk.open();
  onTestFinished(() => store.close());
  const { acked, error } = await fill(store);
  expect(error).toMatchObject({
    name: "StoreError",
    failure: "Full",
    message: expect.stringMatching(/no space is left there.*free some space/),
  });
  expect(store.revision).toBe(Math.max(...acked.values()));
  await expectAll(store, acked);

  const group = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => store.create(`/group${i}`, new Uint8Array(200_000))));
  const refused = group.filter((result) => result.status === "rejected");
  expect(refused.length).toBeGreaterThan(0);
  for (const { reason } of refused) expect(reason).toMatchObject({ failure: "Full" });
  await expectAll(store, acked);

  await disk.makeRoom(store);
  const before = store.revision;
  expect(await store.create("/after", value(1))).toEqual({ ok: true, revision: before + 1 });
  await store.close();
  const again = await disk.open();
  onTestFinished(() => again.close());
  await expectAll(again, acked);
  expect(again.revision).toBe(before + 1);
}

test("a full disk refuses writes, loses nothing, and the store recovers when there is room", async () => {
  await survive((await tmpfs()) ?? (await quota()));
});

test("a used up quota refuses writes, loses nothing, and the store recovers after a compaction", async () => {
  await survive(await quota());
});

test("a store opens and reads on a full disk", async () => {
  const disk = (await tmpfs()) ?? (await quota());
  const store = await disk.open();
  const { acked } = await fill(store);
  await store.close();
  const again = await disk.open();
  onTestFinished(() => again.close());
  await expectAll(again, acked);
});

test("a write that is too large takes no other of its group with it", async () => {
  const dir = await mkdtemp(join(tmpdir(), "wherry-large-"));
  onTestFinished(() => rm(dir, { recursive: true }));
  await mkdir(join(dir, "data"));
  const store = await openSqliteStore({ path: join(dir, "data", "store.db"), maxBytes: MB });
  onTestFinished(() => store.close());
  const writes = [value(1), new Uint8Array(2 * MB), value(2)].map((bytes, i) => store.create(`/k${i}`, bytes));
  const [first, large, last] = await Promise.allSettled(writes);
  expect(first).toMatchObject({ status: "fulfilled", value: { ok: true, revision: 1 } });
  expect(large).toMatchObject({ status: "rejected", reason: { failure: "Full" } });
  expect(last).toMatchObject({ status: "fulfilled", value: { ok: true, revision: 2 } });
});
