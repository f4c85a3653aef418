import type { Store, StoreEvent } from "@wherry/store";
import type { Sink } from "../exchange.ts";
import type { ConvertedItems } from "./converted.ts";
import type { CacheEvent } from "./history.ts";
import { Item } from "./item.ts";
import type { ResourceCache } from "./resource-cache.ts";
import type { Selection } from "./selection.ts";
import type { EventFormat, WatchGroup } from "./watch-group.ts";

const CHUNK_EVENTS = 64;

/** What one watcher needs to be brought from where it stands to where the cache is. */
export interface CatchUp {
  store: Store;
  cache: ResourceCache;
  selection: Selection;
  format: EventFormat;
  group: WatchGroup;
  /** Where somebody outside converts the objects. */
  converted: ConvertedItems | undefined;
  sink: Sink;
  /** Everything up to this revision was sent. */
  position: number;
  /** Whether anything was sent yet. */
  started: boolean;
}

/** Sends every selected object as ADDED: a watch that begins with the state of now. */
export async function sendState(to: CatchUp): Promise<void> {
  const { cache, selection, format, sink } = to;
  const items = [...cache.items(cache.prefix(selection.namespace))];
  for (let i = 0; i < items.length && !sink.signal.aborted; i += CHUNK_EVENTS) {
    const chunk = items.slice(i, i + CHUNK_EVENTS);
    const wanted = ((await to.converted?.all(chunk)) ?? chunk).filter((item) => selection.all || selection.matches(item));
    for (const item of wanted) send(to, format.frame("ADDED", item.bytes, !to.started));
    await sink.drained();
  }
}

/**
 * Sends what the cache's history holds after the watcher's position, at the reader's pace. False: the history no longer reaches
 * back that far.
 */
export async function sendHistory(to: CatchUp): Promise<boolean> {
  while (!to.sink.signal.aborted) {
    to.cache.flush();
    const events = to.cache.history.since(to.position, CHUNK_EVENTS);
    if (!events) return false;
    const last = events.at(-1);
    if (!last) return true;
    sendEvents(to, await convertedEvents(to, events));
    to.position = last.revision;
    await to.sink.drained();
  }
  return true;
}

/**
 * Sends changes that are only in the store's history, until the cache's own reaches back far enough. Throws CompactedError when the store has
 * forgotten them too.
 */
export async function sendStored(to: CatchUp): Promise<void> {
  const { cache, sink, store } = to;
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, sink.signal]);
  try {
    for await (const batch of store.watch(cache.root, to.position, signal)) {
      for (const event of batch) {
        sendEvents(to, await convertedEvents(to, [await cacheEvent(to, event)]));
        to.position = event.revision;
      }
      await sink.drained();
      if (cache.history.since(to.position, 1)) return;
    }
  } finally {
    stop.abort();
  }
}

/** The events as the version of the watch shows them. */
async function convertedEvents({ converted }: CatchUp, events: readonly CacheEvent[]): Promise<readonly CacheEvent[]> {
  if (!converted) return events;
  const items = events.flatMap(({ item, previous }) => [item, previous].filter((one) => one !== undefined));
  const shown = new Map((await converted.all(items)).map((one, i) => [items[i], one]));
  return events.map(({ revision, item, previous }) => ({
    revision,
    item: item && shown.get(item),
    previous: previous && shown.get(previous),
  }));
}

function sendEvents(to: CatchUp, events: readonly CacheEvent[]): void {
  const chunk = to.group.render(events, !to.started);
  for (const event of events) event.frames = undefined;
  if (chunk.length > 0) send(to, chunk);
}

function send(to: CatchUp, chunk: Buffer): void {
  to.sink.write(chunk);
  to.started = true;
}

async function cacheEvent(to: CatchUp, event: StoreEvent): Promise<CacheEvent> {
  const { of } = to.cache;
  const item = event.type === "put" && event.value ? new Item(of, { ...event, value: event.value }) : undefined;
  const before = event.previous ?? (await previousEntry(to, event));
  return { revision: event.revision, item, previous: before && new Item(of, before) };
}

/** What was there before a change; on a put the store does not say. */
async function previousEntry(to: CatchUp, event: StoreEvent) {
  return event.createRevision === event.revision ? undefined : to.store.get(event.key, event.revision - 1);
}
