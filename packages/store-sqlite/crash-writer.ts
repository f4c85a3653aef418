import { once } from "node:events";
import { CompactedError, type Entry, type Store } from "@wherry/store";
import { openSqliteStore } from "./index.ts";

/*
 * A process for the crash test. It waits for a word on its standard input, opens the store, and says what it found. At "look" it ends. Otherwise
 * it writes as fast as it can and says what was acknowledged and what was watched, one JSON line each, until it is killed. Lines are written
 * synchronously, so that the parent knows everything that this process knew.
 */

/** What the process says. */
export type Line =
  | { found: { revision: number; live: Found[]; history: Found[] } }
  | { acked: Found }
  /** The revision of an event. */
  | { watched: number };

/** A key's value at a revision: which round of its writer it is of, "gone" after a delete, "damaged" when it is not what that round wrote. */
export interface Found {
  key: string;
  revision: number;
  round: number | "gone" | "damaged";
}

const WRITERS = 8;

function say(line: Line): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** The value says its key and round, and has a length of its own, so that half a write would show. */
function valueFor(key: string, round: number): Buffer {
  return Buffer.from(`${key} ${round} `.padEnd(100 + ((round * 997) % 9000), "x"));
}

function roundOf(key: string, value: Uint8Array | undefined): Found["round"] {
  if (!value) return "gone";
  const round = Number(Buffer.from(value).toString().split(" ")[1]);
  return valueFor(key, round).equals(value) ? round : "damaged";
}

const foundIn = ({ key, revision, value }: { key: string; revision: number; value?: Uint8Array }): Found => ({
  key,
  revision,
  round: roundOf(key, value),
});

async function history(store: Store, after: number): Promise<Found[]> {
  const abort = new AbortController();
  const events: Found[] = [];
  if (after === store.revision) return events;
  try {
    for await (const batch of store.watch("/", after, abort.signal)) {
      events.push(...batch.map(foundIn));
      if (events.at(-1)?.revision === store.revision) abort.abort();
    }
    return events;
  } catch (error) {
    if (error instanceof CompactedError) return history(store, error.oldest);
    throw error;
  }
}

async function write(store: Store, name: string): Promise<never> {
  for (let round = store.revision; ; round++) {
    const key = `/${name}/${round % 5}`;
    const there: Entry | undefined = await store.get(key);
    const remove = there !== undefined && round % 7 === 0;
    const value = valueFor(key, round);
    const result = await (remove
      ? store.delete(key, there.revision)
      : there
        ? store.update(key, value, there.revision)
        : store.create(key, value));
    if (result.ok) say({ acked: { key, revision: result.revision, round: remove ? "gone" : round } });
  }
}

async function watch(store: Store): Promise<void> {
  for await (const batch of store.watch("/", store.revision, new AbortController().signal)) {
    say({ watched: batch.at(-1)?.revision as number });
  }
}

async function compact(store: Store): Promise<never> {
  for (;;) {
    await store.compact(Math.max(0, store.revision - 300));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const [word] = (await once(process.stdin.setEncoding("utf8"), "data")) as [string];
const store = await openSqliteStore({ path: process.argv[2] as string });
const live = (await store.list("/")).entries.map(foundIn);
say({ found: { revision: store.revision, live, history: await history(store, 0) } });
if (word === "look\n") await store.close().then(() => process.exit());
await Promise.all([watch(store), compact(store), ...Array.from({ length: WRITERS }, (_, i) => write(store, `w${i}`))]);
