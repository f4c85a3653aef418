import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CompactedError, FutureRevisionError, type Store } from "../store.ts";
import { checkHistory, raceCommands } from "./concurrent.ts";
import { bytes, type OpenedStore, type OpenStore, type Watching, watching } from "./harness.ts";
import { ModelStore } from "./model-store.ts";

/** Bounds on a hang, not on speed. */
const HANG_MS = 60_000;
const TEST_MS = 240_000;

const key = fc.constantFrom("/a", "/a/", "/a/b", "/a0", "/ab", "/b", "", "/a/\u{10ffff}", "/\uffff", "/\u{10000}", "/\0");
const prefix = fc.constantFrom("", "/", "/a", "/a/", "/ab", "/c", "/\uffff");
const value = fc.uint8Array({ maxLength: 12 });
/** A place in history, as a share of it; above 1 is the future. */
const place = fc.double({ min: 0, max: 1.1, noNaN: true });
/** Mostly the right expectation, now and then a wrong one. */
const offset = fc.constantFrom(0, 0, 0, 0, 0, -1, 1);

const command = fc.oneof(
  { weight: 24, arbitrary: fc.record({ op: fc.constant("create" as const), key, value }) },
  { weight: 24, arbitrary: fc.record({ op: fc.constant("update" as const), key, value, offset }) },
  { weight: 12, arbitrary: fc.record({ op: fc.constant("delete" as const), key, offset }) },
  { weight: 8, arbitrary: fc.record({ op: fc.constant("get" as const), key, place: fc.option(place) }) },
  {
    weight: 12,
    arbitrary: fc.record({ op: fc.constant("list" as const), prefix, place: fc.option(place), limit: fc.nat(4), after: fc.option(key) }),
  },
  { weight: 4, arbitrary: fc.record({ op: fc.constant("compact" as const), place }) },
  { weight: 8, arbitrary: fc.record({ op: fc.constant("watch" as const), prefix, place }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("reopen" as const) }) },
);
type Command = typeof command extends fc.Arbitrary<infer C> ? C : never;

/** The last write of a run: a watcher that has seen it has seen everything. */
const END = "~end";

/** The store and the model side by side, and the watches that run. */
class Run {
  readonly #opened: OpenedStore;
  #store: Store;
  readonly #model = new ModelStore();
  #watches: { prefix: string; after: number; watch: Watching }[] = [];

  constructor(opened: OpenedStore) {
    this.#opened = opened;
    this.#store = opened.store;
  }

  async step(c: Command): Promise<void> {
    if (c.op === "create") expect(await this.#store.create(c.key, c.value)).toEqual(this.#model.write(c.key, c.value, undefined));
    if (c.op === "update") await this.#update(c.key, c.value, c.offset);
    if (c.op === "delete") await this.#delete(c.key, c.offset);
    if (c.op === "get") await this.#read(c.place, (at) => [this.#store.get(c.key, at), () => this.#model.get(c.key, at)]);
    if (c.op === "list") {
      const options = { limit: c.limit, ...(c.after !== null && { after: c.after }) };
      await this.#read(c.place, (at) => {
        const there = { ...options, ...(at !== undefined && { at }) };
        return [this.#store.list(c.prefix, there), () => this.#model.list(c.prefix, there)];
      });
    }
    if (c.op === "compact") await this.#compact(this.#at(c.place));
    if (c.op === "watch") await this.#watch(c.prefix, this.#at(c.place));
    if (c.op === "reopen") await this.#reopen();
    expect(this.#store.revision).toBe(this.#model.revision);
  }

  /** Every watch has given what the model says, and nothing else. */
  async settle(): Promise<void> {
    for (const { prefix: under, after, watch } of this.#watches) {
      const key = under + END;
      // A watch from the future sees nothing before it.
      do await this.#mark(key);
      while (this.#model.revision <= after);
      await watch.seen(key, this.#model.revision);
      expect(watch.events).toEqual(this.#model.changes(under, after));
      await watch.stop();
    }
    this.#watches = [];
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async #mark(name: string): Promise<void> {
    const expected = this.#model.get(name)?.revision;
    const marked = expected === undefined ? this.#store.create(name, bytes("end")) : this.#store.update(name, bytes("end"), expected);
    expect(await marked).toEqual(this.#model.write(name, bytes("end"), expected));
  }

  #at(share: number): number {
    return Math.floor(share * (this.#model.revision + 1));
  }

  async #update(name: string, next: Uint8Array, off: number): Promise<void> {
    const expected = (this.#model.get(name)?.revision ?? 0) + off;
    const wanted = expected <= 0 ? { ok: false, current: this.#model.get(name) } : this.#model.write(name, next, expected);
    expect(await this.#store.update(name, next, expected)).toEqual(wanted);
  }

  async #delete(name: string, off: number): Promise<void> {
    const expected = (this.#model.get(name)?.revision ?? 0) + off;
    const wanted = expected <= 0 ? { ok: false, current: this.#model.get(name) } : this.#model.write(name, undefined, expected);
    expect(await this.#store.delete(name, expected)).toEqual(wanted);
  }

  async #read(share: number | null, ask: (at: number | undefined) => [Promise<unknown>, () => unknown]): Promise<void> {
    const at = share === null ? undefined : this.#at(share);
    const [answer, wanted] = ask(at);
    if (at !== undefined && at > this.#model.revision) await expect(answer).rejects.toBeInstanceOf(FutureRevisionError);
    else if (at !== undefined && at < this.#model.compacted) await expect(answer).rejects.toBeInstanceOf(CompactedError);
    else expect(await answer).toEqual(wanted());
  }

  async #compact(through: number): Promise<void> {
    if (through > this.#model.revision) return expect(this.#store.compact(through)).rejects.toBeInstanceOf(FutureRevisionError);
    await this.#store.compact(through);
    this.#model.compacted = Math.max(this.#model.compacted, through);
  }

  async #watch(under: string, after: number): Promise<void> {
    const watch = watching(this.#store, under, after);
    if (after < this.#model.compacted) await expect(watch.ended).rejects.toBeInstanceOf(CompactedError);
    else this.#watches.push({ prefix: under, after, watch });
  }

  async #reopen(): Promise<void> {
    if (!this.#opened.reopen) return;
    await this.settle();
    this.#store = await this.#opened.reopen();
  }
}

export function modelContract(open: OpenStore): void {
  describe("model", () => {
    test(
      "any sequence of calls gives what the model gives",
      async () => {
        const property = fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 120, size: "max" }), async (commands) => {
          const run = new Run(await open());
          try {
            for (const c of commands) await run.step(c);
            await run.settle();
          } finally {
            await run.close();
          }
        });
        await fc.assert(property, { numRuns: 20, timeout: HANG_MS });
      },
      TEST_MS,
    );

    test(
      "concurrent writers and watchers agree on one history",
      async () => {
        const property = fc.asyncProperty(raceCommands, async (writers) => {
          const { store } = await open();
          try {
            await checkHistory(store, writers);
          } finally {
            await store.close();
          }
        });
        await fc.assert(property, { numRuns: 20, timeout: HANG_MS });
      },
      TEST_MS,
    );
  });
}
