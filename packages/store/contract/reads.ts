import { describe, expect, test } from "vitest";
import type { ListResult, Store } from "../store.ts";
import { bytes, done, type OpenStore, opened } from "./harness.ts";

const ODD_KEYS = [
  "",
  "\0",
  " ",
  "/",
  "/%",
  "/_",
  "/A",
  "/a",
  "/a\0",
  "/a/",
  "/a/b",
  "/a0",
  "/ab",
  "/é",
  "/ﬀ",
  "/\uffff",
  "/\u{10000}",
  "/😀",
];
const inBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
const keys = (list: ListResult) => list.entries.map((entry) => entry.key);

async function fill(store: Store, names: readonly string[]): Promise<void> {
  for (const name of names) await done(store.create(name, bytes(name)));
}

export function readContract(open: OpenStore): void {
  describe("reads", () => {
    test("get gives nothing for a key that was never there", async () => {
      const store = await opened(open);
      expect(await store.get("/a")).toBeUndefined();
      await fill(store, ["/a/b"]);
      expect(await store.get("/a")).toBeUndefined();
    });

    test("get at a revision gives the value of that time", async () => {
      const store = await opened(open);
      await done(store.create("/a", bytes("1")));
      await done(store.create("/other", bytes("o")));
      await done(store.update("/a", bytes("3"), 1));
      await done(store.delete("/a", 3));
      await done(store.create("/a", bytes("5")));
      const then = await Promise.all([0, 1, 2, 3, 4, 5].map((at) => store.get("/a", at)));
      expect(then.map((entry) => entry && [entry.revision, entry.createRevision, new TextDecoder().decode(entry.value)])).toEqual([
        undefined,
        [1, 1, "1"],
        [1, 1, "1"],
        [3, 1, "3"],
        undefined,
        [5, 5, "5"],
      ]);
    });

    test("reads of the future are refused", async () => {
      const store = await opened(open);
      await fill(store, ["/a"]);
      const refusal = { name: "FutureRevisionError", asked: 2, current: 1 };
      await expect(store.get("/a", 2)).rejects.toMatchObject(refusal);
      await expect(store.list("/", { at: 2 })).rejects.toMatchObject(refusal);
    });

    test("a list is in byte order of the keys, and odd keys are kept", async () => {
      const store = await opened(open);
      await fill(store, ODD_KEYS.toReversed());
      const all = await store.list("");
      expect(keys(all)).toEqual(ODD_KEYS.toSorted(inBytes));
      expect(all).toMatchObject({ revision: ODD_KEYS.length, more: false, remaining: 0 });
      for (const entry of all.entries) expect(new TextDecoder().decode(entry.value)).toBe(entry.key);
    });

    test("a prefix takes what starts with it, and no sibling", async () => {
      const store = await opened(open);
      await fill(store, [...ODD_KEYS, "/a/\u{10ffff}", "/a/\u{10ffff}x", "/\ud7ff", "/\ud7ff1", "/\ue000"]);
      const all = keys(await store.list(""));
      for (const prefix of ["", "/", "/a", "/a/", "/ab", "/x", "\0", "/%", "/_", "/a/\u{10ffff}", "/\ud7ff", "\u{10ffff}"]) {
        expect(keys(await store.list(prefix))).toEqual(all.filter((key) => key.startsWith(prefix)));
      }
    });

    test("pages of a list at one revision do not see later writes", async () => {
      const store = await opened(open);
      const names = Array.from({ length: 25 }, (_, i) => `/p/${String(i).padStart(2, "0")}`);
      await fill(store, [...names, "/q/1"]);
      const first = await store.list("/p/", { limit: 10 });
      expect(first).toMatchObject({ revision: 26, more: true, remaining: 15 });
      await done(store.delete(names[12] as string, 13));
      await done(store.update(names[13] as string, bytes("new"), 14));
      await done(store.create("/p/1212", bytes("new")));
      const second = await store.list("/p/", { at: 26, limit: 10, after: first.entries.at(-1)?.key as string });
      expect(second).toMatchObject({ revision: 26, more: true, remaining: 5 });
      const third = await store.list("/p/", { at: 26, limit: 10, after: second.entries.at(-1)?.key as string });
      expect(third).toMatchObject({ revision: 26, more: false, remaining: 0 });
      expect([first, second, third].flatMap(keys)).toEqual(names);
      expect(second.entries[3]).toMatchObject({ value: bytes(names[13] as string), revision: 14 });
    });

    test("a limit of exactly what is there leaves no more; no limit and 0 give everything", async () => {
      const store = await opened(open);
      await fill(store, ["/a", "/b", "/c"]);
      expect(await store.list("/", { limit: 3 })).toMatchObject({ more: false, remaining: 0 });
      expect(await store.list("/", { limit: 2 })).toMatchObject({ more: true, remaining: 1 });
      expect((await store.list("/", { limit: 0 })).entries).toHaveLength(3);
    });

    test("after need not be a key, nor under the prefix", async () => {
      const store = await opened(open);
      await fill(store, ["/a/1", "/a/2", "/b/1"]);
      expect(keys(await store.list("/a/", { after: "/a/1x" }))).toEqual(["/a/2"]);
      expect(keys(await store.list("/b/", { after: "/a/1" }))).toEqual(["/b/1"]);
      expect(keys(await store.list("/a/", { after: "/b" }))).toEqual([]);
      expect(keys(await store.list("/a/", { after: "" }))).toEqual(["/a/1", "/a/2"]);
    });
  });
}
