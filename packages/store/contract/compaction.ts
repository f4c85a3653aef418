import { describe, expect, test } from "vitest";
import { CompactedError, type Store } from "../store.ts";
import { brief, bytes, done, type OpenStore, opened, watching } from "./harness.ts";

/** 1: /a=1, 2: /b=2, 3: /a=3, 4: /b gone, 5: /c=5, 6: /a=6. */
async function story(store: Store): Promise<void> {
  await done(store.create("/a", bytes("1")));
  await done(store.create("/b", bytes("2")));
  await done(store.update("/a", bytes("3"), 1));
  await done(store.delete("/b", 2));
  await done(store.create("/c", bytes("5")));
  await done(store.update("/a", bytes("6"), 3));
}

export function compactionContract(open: OpenStore): void {
  describe("compaction", () => {
    test("forgets older reads and keeps the rest", async () => {
      const store = await opened(open);
      await story(store);
      const before = await Promise.all([3, 4, 5, 6].map((at) => store.list("/", { at })));
      await store.compact(3);
      expect(await Promise.all([3, 4, 5, 6].map((at) => store.list("/", { at })))).toEqual(before);
      const refusal = { name: "CompactedError", asked: 2, oldest: 3 };
      await expect(store.list("/", { at: 2 })).rejects.toMatchObject(refusal);
      await expect(store.get("/a", 2)).rejects.toMatchObject(refusal);
      expect(await store.get("/b", 3)).toMatchObject({ revision: 2 });
      expect(store.revision).toBe(6);
    });

    test("refuses a watch of what is gone, and serves one of what is left", async () => {
      const store = await opened(open);
      await story(store);
      await store.compact(3);
      await expect(watching(store, "/", 2).ended).rejects.toMatchObject({ name: "CompactedError", asked: 2, oldest: 3 });
      const watch = watching(store, "/", 3);
      await done(store.create("/end", bytes("7")));
      await watch.seen("/end");
      expect(watch.events.map(brief)).toEqual(["4 delete /b (was 2@2)", "5 put /c=5", "6 put /a=6", "7 put /end=7"]);
      await watch.stop();
    });

    test("of everything leaves the live values, and writes go on", async () => {
      const store = await opened(open);
      await story(store);
      await done(store.delete("/c", 5));
      await store.compact(7);
      expect((await store.list("/")).entries).toEqual([{ key: "/a", value: bytes("6"), revision: 6, createRevision: 1 }]);
      expect(await store.create("/c", bytes("8"))).toEqual({ ok: true, revision: 8 });
      expect(await store.update("/a", bytes("9"), 6)).toEqual({ ok: true, revision: 9 });
      await expect(watching(store, "/", 0).ended).rejects.toBeInstanceOf(CompactedError);
    });

    test("of what is gone already does nothing; of the future is refused", async () => {
      const store = await opened(open);
      await story(store);
      await store.compact(4);
      await store.compact(2);
      expect((await store.list("/", { at: 4 })).entries).toHaveLength(1);
      await expect(store.compact(7)).rejects.toMatchObject({ name: "FutureRevisionError", asked: 7, current: 6 });
    });

    test("does not disturb a watch that is up to date", async () => {
      const store = await opened(open);
      const watch = watching(store, "/", 0);
      await story(store);
      await watch.seen("/c");
      await store.compact(store.revision);
      await done(store.create("/end", bytes("end")));
      await watch.seen("/end");
      expect(watch.events.map((event) => event.revision)).toEqual([1, 2, 3, 4, 5, 6, 7]);
      await watch.stop();
    });

    test("past a slow watcher gives it all or an error, never a gap", async () => {
      const store = await opened(open);
      const seen: number[] = [];
      const abort = new AbortController();
      await done(store.create("/first", bytes("1")));
      const slow = async () => {
        for await (const batch of store.watch("/", 0, abort.signal)) {
          if (seen.length === 0) {
            await Promise.all(Array.from({ length: 3000 }, (_, i) => done(store.create(`/k${i}`, bytes("v")))));
            await store.compact(2500);
          }
          seen.push(...batch.map((event) => event.revision));
          if (seen.length === 3001) abort.abort();
        }
      };
      const end = await slow().catch((error: unknown) => error);
      if (end !== undefined) expect(end).toBeInstanceOf(CompactedError);
      expect(seen).toEqual(Array.from({ length: end ? seen.length : 3001 }, (_, i) => i + 1));
    });

    test("together with writes loses neither", async () => {
      const store = await opened(open);
      await Promise.all(Array.from({ length: 1000 }, (_, i) => done(store.create(`/k${i}`, bytes("old")))));
      const writes = Array.from({ length: 1000 }, (_, i) =>
        store.get(`/k${i}`).then((e) => done(store.update(`/k${i}`, bytes("new"), e?.revision ?? 0))),
      );
      await Promise.all([store.compact(500), store.compact(1000), ...writes]);
      const { entries } = await store.list("/k");
      expect(entries).toHaveLength(1000);
      for (const entry of entries) expect(new TextDecoder().decode(entry.value)).toBe("new");
    });
  });
}
