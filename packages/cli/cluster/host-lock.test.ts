import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { expect, it, onTestFinished } from "vitest";
import { hostLock, tryHostLock } from "./host-lock.ts";

const name = () => `test/${randomUUID()}`;

/** Another process that takes the lock, and says so. */
async function holder(lock: string): Promise<ChildProcess> {
  const module = JSON.stringify(join(import.meta.dirname, "host-lock.ts"));
  const script = `const { tryHostLock } = await import(${module}); await tryHostLock(${JSON.stringify(lock)}); console.log("held"); setInterval(() => {}, 1e6);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout as Readable, "data");
  return child;
}

it("is one holder's only, and free again when that lets go", async () => {
  const lock = name();
  const first = await tryHostLock(lock);
  expect(await tryHostLock(lock)).toBeUndefined();
  expect(await tryHostLock(name())).toBeDefined();
  await first?.release();
  const second = await tryHostLock(lock);
  expect(second).toBeDefined();
  await second?.release();
});

it("is free when its holder was killed", async () => {
  const lock = name();
  const child = await holder(lock);
  expect(await tryHostLock(lock)).toBeUndefined();
  child.kill("SIGKILL");
  await once(child, "exit");
  await (await tryHostLock(lock))?.release();
});

it("is waited for, by several, who get it one after the other", async () => {
  const lock = name();
  const child = await holder(lock);
  let waiting = 0;
  let inside = 0;
  const seen: number[] = [];
  const allWait = Promise.withResolvers<void>();
  const turns = [1, 2, 3].map(async () => {
    const held = await hostLock(lock, () => void (++waiting === 3 && allWait.resolve()));
    seen.push(++inside);
    await new Promise((resolve) => setImmediate(resolve));
    inside--;
    await held.release();
  });
  await allWait.promise;
  child.kill("SIGKILL");
  await Promise.all(turns);
  expect(seen).toEqual([1, 1, 1]);
});
