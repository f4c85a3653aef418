import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import SQLite from "better-sqlite3";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { openSqliteStore } from "./index.ts";

vi.setConfig({ testTimeout: 30_000 });

const VALUE = new Uint8Array(3000).fill(1);
let dir: string;
let path: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "wherry-open-"));
  path = join(dir, "data", "store.db");
  onTestFinished(() => rm(dir, { recursive: true }));
});

/** A closed store with some keys in it. */
async function filled(keys = 1): Promise<void> {
  const store = await openSqliteStore({ path });
  await Promise.all(Array.from({ length: keys }, (_, i) => store.create(`/k${i}`, VALUE)));
  await store.close();
}

function change(statement: string): void {
  const db = new SQLite(path);
  db.pragma(statement);
  db.close();
}

test("makes the folder and the file, for their owner only, and leaves one file when it is closed", async () => {
  const store = await openSqliteStore({ path });
  await store.create("/secret", VALUE);
  for (const file of await readdir(join(dir, "data")))
    expect([file, (await stat(join(dir, "data", file))).mode & 0o077]).toEqual([file, 0]);
  expect((await stat(join(dir, "data"))).mode & 0o777).toBe(0o700);
  await store.close();
  expect(await readdir(join(dir, "data"))).toEqual(["store.db"]);
});

test("a second open in the same process says who has it, and does not disturb the first", async () => {
  const store = await openSqliteStore({ path });
  onTestFinished(() => store.close());
  const message = `${path} is in use by process ${process.pid} on ${hostname()}: stop it first, or choose another data directory`;
  await expect(openSqliteStore({ path })).rejects.toMatchObject({ name: "StoreError", failure: "InUse", message });
  expect(await store.create("/a", VALUE)).toEqual({ ok: true, revision: 1 });
  await expect(openSqliteStore({ path })).rejects.toMatchObject({ failure: "InUse" });
});

test("another process that has it is named; when it is killed, the store opens at once", async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, "crash-writer.ts"), path], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(child, "exit");
  child.stdin.write("open\n");
  await once(child.stdout, "data");
  await expect(openSqliteStore({ path })).rejects.toMatchObject({
    failure: "InUse",
    message: expect.stringContaining(`process ${child.pid} on`),
  });
  child.kill("SIGKILL");
  await exited;
  const store = await openSqliteStore({ path });
  await store.close();
});

test("data of a newer version is refused, and left as it is", async () => {
  await filled();
  change("user_version = 99");
  const before = await readFile(path);
  await expect(openSqliteStore({ path })).rejects.toMatchObject({
    failure: "NewerVersion",
    message: `${path} was written by a newer version of Wherry (format 99; this one knows formats up to 1): start that version again, or restore a backup made before the upgrade`,
  });
  expect((await readFile(path)).equals(before)).toBe(true);
});

test("another program's database is refused, and left as it is", async () => {
  await filled();
  change("application_id = 1");
  await expect(openSqliteStore({ path })).rejects.toMatchObject({
    failure: "NotAStore",
    message: expect.stringContaining("another program"),
  });
});

test("a file that is no database is refused, and left as it is", async () => {
  await filled();
  const text = "this is not a database, but it is long enough to look like one. ".repeat(100);
  await writeFile(path, text);
  await expect(openSqliteStore({ path })).rejects.toMatchObject({
    failure: "NotAStore",
    message: expect.stringContaining("restore it from a backup"),
  });
  expect(await readFile(path, "utf8")).toBe(text);
});

test("a damaged file is a clear error, at the open or at the read that meets the damage", async () => {
  await filled(200);
  const { size } = await stat(path);
  await truncate(path, Math.floor(size / 2));
  const meet = async () => {
    const store = await openSqliteStore({ path });
    onTestFinished(() => store.close());
    await store.list("/");
  };
  await expect(meet()).rejects.toMatchObject({
    failure: "Corrupt",
    message: expect.stringMatching(/the file is damaged.*restore the file from a backup/),
  });
});

test("an empty file becomes a store", async () => {
  await filled();
  await writeFile(path, "");
  const store = await openSqliteStore({ path });
  onTestFinished(() => store.close());
  expect(store.revision).toBe(0);
});

test("a folder in the file's place, and a file in the folder's place, are clear errors", async () => {
  await expect(openSqliteStore({ path: dir })).rejects.toMatchObject({ name: "StoreError", message: expect.stringContaining(dir) });
  await writeFile(join(dir, "data"), "");
  await expect(openSqliteStore({ path })).rejects.toMatchObject({ name: "StoreError", message: expect.stringContaining(path) });
});
