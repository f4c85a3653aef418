import { describe, expect, onTestFinished, test } from "vitest";
import type { Store } from "../store.ts";
import { bytes, done, watching } from "./harness.ts";

/** A store under test that outlives its process; `reopen` closes it and opens the same data again. */
export interface PersistentStore {
  store: Store;
  reopen: () => Promise<Store>;
}

export function persistenceContract(open: () => Promise<PersistentStore>): void {
  describe("persistence", () => {
    test("what was written is there after it is opened again", async () => {
      const { store, reopen } = await open();
      onTestFinished(() => store.close());
      await done(store.create("/a", bytes("1")));
      await done(store.update("/a", bytes("2"), 1));
      await done(store.create("/b", bytes("3")));
      await done(store.delete("/b", 3));
      await store.compact(2);
      const again = await reopen();
      onTestFinished(() => again.close());
      expect(again.revision).toBe(4);
      expect((await again.list("/")).entries).toEqual([{ key: "/a", value: bytes("2"), revision: 2, createRevision: 1 }]);
      expect(await again.get("/b", 3)).toMatchObject({ value: bytes("3") });
      await expect(again.get("/a", 1)).rejects.toMatchObject({ name: "CompactedError", oldest: 2 });
      const watch = watching(again, "/", 2);
      expect(await again.create("/end", bytes("5"))).toEqual({ ok: true, revision: 5 });
      await watch.seen("/end");
      expect(watch.events.map((event) => event.revision)).toEqual([3, 4, 5]);
      await watch.stop();
    });

    test("a revision is never given twice, even when everything is deleted and compacted", async () => {
      const { store, reopen } = await open();
      onTestFinished(() => store.close());
      await done(store.create("/a", bytes("1")));
      await done(store.delete("/a", 1));
      await store.compact(2);
      const again = await reopen();
      onTestFinished(() => again.close());
      expect(again.revision).toBe(2);
      expect(await again.create("/a", bytes("3"))).toEqual({ ok: true, revision: 3 });
    });
  });
}
