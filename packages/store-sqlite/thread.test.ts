import { Worker } from "node:worker_threads";
import { expect, test, vi } from "vitest";
import { startThread, Thread } from "./thread.ts";

vi.setConfig({ testTimeout: 30_000 });

/** A thread that dies at the first message it gets. */
function dying(how: string): { thread: Thread; ended: Promise<void> } {
  const worker = new Worker(`require("node:worker_threads").parentPort.on("message", () => { ${how} })`, { eval: true });
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  return { thread: new Thread(worker, "/data/store.db", { written: () => {}, ended: resolve }), ended };
}

test.each([
  ["throw new Error('out of luck')", "out of luck"],
  ["process.exit(1)", "it ended"],
])("when the thread dies (%s), every call rejects", async (how, why) => {
  const { thread, ended } = dying(how);
  const failure = { name: "StoreError", failure: "IO", message: expect.stringContaining(`the store at /data/store.db stopped, ${why}`) };
  const calls = [thread.write({ op: "create", key: "/a", value: new Uint8Array(1) }), thread.ask("get", { key: "/a" })];
  for (const call of calls) await expect(call).rejects.toMatchObject(failure);
  await ended;
  expect(thread.failure).toMatchObject(failure);
  await expect(thread.write({ op: "delete", key: "/a", expected: 1 })).rejects.toMatchObject(failure);
  await thread.end();
});

test("a refusal to open is the error, and the thread is gone", async () => {
  await expect(startThread({ path: "/dev/null/store.db" })).rejects.toMatchObject({
    name: "StoreError",
    message: expect.stringContaining("/dev/null/store.db"),
  });
});
