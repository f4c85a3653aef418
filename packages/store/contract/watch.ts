import { describe, expect, test } from "vitest";
import type { Store } from "../store.ts";
import { brief, bytes, done, type OpenStore, opened, watching } from "./harness.ts";

/** Enough to leave any memory of recent changes, so that history has to be read. */
const MANY = 3000;

async function fill(store: Store, count: number, prefix = "/k"): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, i) => done(store.create(`${prefix}${i}`, bytes(`${i}`)))));
}

function revisionsOf(events: readonly { revision: number }[]): number[] {
  return events.map((event) => event.revision);
}

const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

export function watchContract(open: OpenStore): void {
  describe("watch", () => {
    test("replays from a revision, then goes on with what comes", async () => {
      const store = await opened(open);
      await done(store.create("/a", bytes("1")));
      await done(store.update("/a", bytes("2"), 1));
      await done(store.delete("/a", 2));
      const all = watching(store, "/", 0);
      const later = watching(store, "/", 2);
      await done(store.create("/a", bytes("4")));
      await done(store.delete("/a", 4));
      await done(store.create("/end", bytes("6")));
      await Promise.all([all.seen("/end"), later.seen("/end")]);
      const story = ["1 put /a=1", "2 put /a=2", "3 delete /a (was 2@2)", "4 put /a=4", "5 delete /a (was 4@4)", "6 put /end=6"];
      expect(all.events.map(brief)).toEqual(story);
      expect(later.events.map(brief)).toEqual(story.slice(2));
      expect(all.events.map((event) => event.createRevision)).toEqual([1, 1, 1, 4, 4, 6]);
      await Promise.all([all.stop(), later.stop()]);
    });

    test("gives what is under the prefix, and no sibling", async () => {
      const store = await opened(open);
      const watch = watching(store, "/a/", 0);
      for (const key of ["/a", "/ab", "/a/1", "/b/1", "/a0", "/a/2"]) await done(store.create(key, bytes(key)));
      await watch.seen("/a/2");
      expect(revisionsOf(watch.events)).toEqual([3, 6]);
      await watch.stop();
    });

    test("has no gap and no repeat when it starts in the middle of writes", async () => {
      const store = await opened(open);
      await fill(store, 200, "/before");
      const watches = [];
      const writes = [];
      for (let i = 0; i < 300; i++) {
        writes.push(done(store.create(`/during${i}`, bytes(`${i}`))));
        if (i % 30 === 0) {
          watches.push({ after: i, watch: watching(store, "/", i) });
          await writes[i];
        }
      }
      await Promise.all(writes);
      const last = await done(store.create("/end", bytes("end")));
      for (const { after, watch } of watches) {
        await watch.seen("/end");
        expect(revisionsOf(watch.events)).toEqual(upTo(last, after + 1));
        await watch.stop();
      }
    });

    test("an event is never ahead of what is durable and readable", async () => {
      const store = await opened(open);
      const abort = new AbortController();
      const writes = Promise.all(Array.from({ length: 200 }, (_, i) => store.create(`/k${i}`, bytes(`${i}`))));
      let count = 0;
      for await (const batch of store.watch("/", 0, abort.signal)) {
        for (const event of batch) expect(store.revision).toBeGreaterThanOrEqual(event.revision);
        const last = batch.at(-1);
        expect((await store.get(last?.key as string))?.revision).toBe(last?.revision);
        count += batch.length;
        if (count === 200) abort.abort();
      }
      expect((await writes).every((result) => result.ok)).toBe(true);
    });

    test("many changes at once come in batches", async () => {
      const store = await opened(open);
      const abort = new AbortController();
      const sizes: number[] = [];
      await fill(store, 500);
      for await (const batch of store.watch("/", 0, abort.signal)) {
        sizes.push(batch.length);
        if (sizes.reduce((sum, size) => sum + size) === 500) abort.abort();
      }
      expect(sizes.length).toBeLessThan(50);
    });

    test("replays a long history in order", async () => {
      const store = await opened(open);
      await fill(store, MANY);
      await done(store.create("/end", bytes("end")));
      const watch = watching(store, "/", 0);
      await watch.seen("/end");
      expect(revisionsOf(watch.events)).toEqual(upTo(MANY + 1));
      await watch.stop();
    });

    test("a slow watcher misses nothing", async () => {
      const store = await opened(open);
      const abort = new AbortController();
      const seen: number[] = [];
      await fill(store, 1, "/first");
      for await (const batch of store.watch("/", 0, abort.signal)) {
        if (seen.length === 0) await fill(store, MANY);
        seen.push(...revisionsOf(batch));
        if (seen.length === MANY + 1) abort.abort();
      }
      expect(seen).toEqual(upTo(MANY + 1));
    });

    test("a watcher of a quiet prefix sees its next change after many others", async () => {
      const store = await opened(open);
      const quiet = watching(store, "/quiet/", 0);
      await fill(store, MANY, "/loud/");
      await done(store.create("/quiet/1", bytes("1")));
      await quiet.seen("/quiet/1");
      expect(revisionsOf(quiet.events)).toEqual([MANY + 1]);
      await quiet.stop();
    });

    test("a watch from the future begins there", async () => {
      const store = await opened(open);
      const watch = watching(store, "/", 3);
      await fill(store, 4);
      await done(store.create("/end", bytes("end")));
      await watch.seen("/end");
      expect(revisionsOf(watch.events)).toEqual([4, 5]);
      await watch.stop();
    });

    test("abort ends it without an error: before it starts, while it waits, while it replays", async () => {
      const store = await opened(open);
      for await (const _ of store.watch("/", 0, AbortSignal.abort())) expect.unreachable();
      const waiting = watching(store, "/", 0);
      await waiting.stop();
      await fill(store, MANY);
      const abort = new AbortController();
      let batches = 0;
      for await (const _ of store.watch("/", 0, abort.signal)) {
        batches++;
        abort.abort();
      }
      expect(batches).toBe(1);
    });

    test("many watchers each get everything", async () => {
      const store = await opened(open);
      const watches = Array.from({ length: 50 }, (_, i) => watching(store, i % 2 ? "/k" : "/", 0));
      await fill(store, 100);
      await done(store.create("/k-end", bytes("end")));
      for (const watch of watches) {
        await watch.seen("/k-end");
        expect(revisionsOf(watch.events)).toEqual(upTo(101));
        await watch.stop();
      }
    });
  });
}
