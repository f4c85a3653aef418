import { describe, expect, test } from "vitest";
import { bytes, done, type OpenStore, opened } from "./harness.ts";

export function writeContract(open: OpenStore): void {
  describe("writes", () => {
    test("a new store is at revision 0, and each success adds one", async () => {
      const store = await opened(open);
      expect(store.revision).toBe(0);
      expect(await store.create("/a", bytes("1"))).toEqual({ ok: true, revision: 1 });
      expect(await store.update("/a", bytes("2"), 1)).toEqual({ ok: true, revision: 2 });
      expect(await store.delete("/a", 2)).toEqual({ ok: true, revision: 3 });
      expect(store.revision).toBe(3);
    });

    test("create fails on a key that is there, and shows it", async () => {
      const store = await opened(open);
      await done(store.create("/a", bytes("first")));
      const current = { key: "/a", value: bytes("first"), revision: 1, createRevision: 1 };
      expect(await store.create("/a", bytes("second"))).toEqual({ ok: false, current });
      expect(await store.get("/a")).toEqual(current);
      expect(store.revision).toBe(1);
    });

    test("update and delete fail on another revision, and show what is there", async () => {
      const store = await opened(open);
      await done(store.create("/a", bytes("1")));
      await done(store.update("/a", bytes("2"), 1));
      const current = { key: "/a", value: bytes("2"), revision: 2, createRevision: 1 };
      for (const expected of [0, 1, 3]) {
        expect(await store.update("/a", bytes("3"), expected)).toEqual({ ok: false, current });
        expect(await store.delete("/a", expected)).toEqual({ ok: false, current });
      }
      expect(store.revision).toBe(2);
    });

    test("update and delete fail on a key that is not there", async () => {
      const store = await opened(open);
      for (const expected of [0, 1]) {
        expect(await store.update("/a", bytes("1"), expected)).toEqual({ ok: false, current: undefined });
        expect(await store.delete("/a", expected)).toEqual({ ok: false, current: undefined });
      }
      expect(store.revision).toBe(0);
    });

    test("a key that is made again has a new create revision", async () => {
      const store = await opened(open);
      await done(store.create("/a", bytes("1")));
      await done(store.delete("/a", 1));
      await done(store.create("/a", bytes("2")));
      await done(store.update("/a", bytes("3"), 3));
      expect(await store.get("/a")).toEqual({ key: "/a", value: bytes("3"), revision: 4, createRevision: 3 });
    });

    test("one of many concurrent writers wins, and the others see its value", async () => {
      const store = await opened(open);
      const creates = await Promise.all(Array.from({ length: 20 }, (_, i) => store.create("/a", bytes(`${i}`))));
      expect(creates.filter((result) => result.ok)).toHaveLength(1);
      const current = await store.get("/a");
      for (const result of creates) if (!result.ok) expect(result.current).toEqual(current);
      const updates = await Promise.all(Array.from({ length: 20 }, (_, i) => store.update("/a", bytes(`${i}`), 1)));
      expect(updates.filter((result) => result.ok)).toEqual([{ ok: true, revision: 2 }]);
      expect(store.revision).toBe(2);
    });

    test("concurrent writes of different keys all succeed, with revisions in a row", async () => {
      const store = await opened(open);
      const revisions = await Promise.all(Array.from({ length: 500 }, (_, i) => done(store.create(`/k${i}`, bytes(`${i}`)))));
      expect(revisions.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, i) => i + 1));
      expect(store.revision).toBe(500);
    });

    test("a write is visible to every read that starts after it", async () => {
      const store = await opened(open);
      for (let i = 1; i <= 20; i++) {
        await done(store.create(`/k${i}`, bytes(`${i}`)));
        expect(store.revision).toBe(i);
        const [entry, list] = await Promise.all([store.get(`/k${i}`), store.list("/")]);
        expect(entry?.revision).toBe(i);
        expect([list.revision, list.entries.length]).toEqual([i, i]);
      }
    });

    test("values are kept byte for byte: binary, empty, large, parts of larger buffers", async () => {
      const store = await opened(open);
      const all = Uint8Array.from({ length: 256 }, (_, i) => i);
      const values = [all, new Uint8Array(0), all.subarray(10, 20), Buffer.from("pooled"), new Uint8Array(3_000_000).fill(7)];
      await Promise.all(values.map((value, i) => done(store.create(`/${i}`, value))));
      for (const [i, value] of values.entries()) {
        const entry = await store.get(`/${i}`);
        expect(Buffer.compare(entry?.value as Uint8Array, value)).toBe(0);
      }
      expect(all[10]).toBe(10);
    });

    test("a key that is not well-formed is refused", async () => {
      const store = await opened(open);
      await expect(store.create("/\ud800", bytes("1"))).rejects.toMatchObject({ name: "StoreError", failure: "Invalid" });
      expect(store.revision).toBe(0);
    });
  });
}
