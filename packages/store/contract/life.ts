import { describe, expect, test } from "vitest";
import { bytes, done, type OpenStore, opened, watching } from "./harness.ts";

export function lifeContract(open: OpenStore): void {
  describe("life", () => {
    test("close waits for the writes under way, and may be called again", async () => {
      const store = await opened(open);
      const writes = Array.from({ length: 50 }, (_, i) => store.create(`/k${i}`, bytes("v")));
      const closed = store.close();
      expect((await Promise.all(writes)).every((result) => result.ok)).toBe(true);
      await closed;
      await store.close();
    });

    test("a closed store refuses every call", async () => {
      const store = await opened(open);
      await done(store.create("/a", bytes("1")));
      await store.close();
      const calls = [
        () => store.get("/a"),
        () => store.list("/"),
        () => store.create("/b", bytes("1")),
        () => store.update("/a", bytes("2"), 1),
        () => store.delete("/a", 1),
        () => store.compact(1),
        () => watching(store, "/", 0).ended,
      ];
      for (const call of calls) await expect(call()).rejects.toMatchObject({ name: "StoreError", failure: "Closed" });
    });

    test("a watch ends with an error when the store is closed", async () => {
      const store = await opened(open);
      const waiting = watching(store, "/", 0);
      await done(store.create("/a", bytes("1")));
      await waiting.seen("/a");
      await store.close();
      await expect(waiting.ended).rejects.toMatchObject({ name: "StoreError", failure: "Closed" });
    });
  });
}
