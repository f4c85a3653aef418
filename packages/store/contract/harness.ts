import { deferred } from "@wherry/base";
import { expect, onTestFinished } from "vitest";
import type { Store, StoreEvent, WriteResult } from "../store.ts";

/** A store under test; `reopen`, where the store can outlive its process, closes it and opens the same data again. */
export interface OpenedStore {
  store: Store;
  reopen?: () => Promise<Store>;
}

export type OpenStore = () => Promise<OpenedStore>;

/** Opens a store that is closed when the test ends. */
export async function opened(open: OpenStore): Promise<Store> {
  const { store } = await open();
  onTestFinished(() => store.close());
  return store;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The revision of a write that must succeed. */
export async function done(write: Promise<WriteResult>): Promise<number> {
  const result = await write;
  expect(result.ok).toBe(true);
  return (result as { revision: number }).revision;
}

/** An event in short: `3 put /a=value`, `4 delete /a (was value@3)`. */
export function brief(event: StoreEvent): string {
  if (event.type === "put") return `${event.revision} put ${event.key}=${decoder.decode(event.value)}`;
  return `${event.revision} delete ${event.key} (was ${decoder.decode(event.previous?.value)}@${event.previous?.revision})`;
}

/** A watch that collects what it is given. */
export interface Watching {
  readonly events: readonly StoreEvent[];
  /** Resolves when an event of `key` (at `revision`, or any) has been collected; rejects when the watch fails or ends first. */
  seen(key: string, revision?: number): Promise<void>;
  /** Resolves when the watch has ended, rejects when it failed. */
  readonly ended: Promise<void>;
  /** Aborts the watch and waits for its end. */
  stop(): Promise<void>;
}

export function watching(store: Store, prefix: string, after: number): Watching {
  const abort = new AbortController();
  const events: StoreEvent[] = [];
  const seen = new Map<string, number>();
  let progress = deferred();
  const run = async () => {
    for await (const batch of store.watch(prefix, after, abort.signal)) {
      expect(batch.length).toBeGreaterThan(0);
      events.push(...batch);
      for (const event of batch) seen.set(event.key, event.revision);
      progress.resolve();
      progress = deferred();
    }
  };
  const ended = run();
  ended.catch(() => {});
  const sawIt = async (key: string, revision = 0) => {
    while ((seen.get(key) ?? -1) < revision)
      await Promise.race([progress.promise, ended.then(() => Promise.reject(new Error(`the watch ended before ${key}`)))]);
  };
  const stop = () => {
    abort.abort();
    return ended;
  };
  return { events, ended, seen: sawIt, stop };
}
