import { type Clock, deferred, type StatusError } from "@wherry/base";
import { CompactedError, type Store } from "@wherry/store";
import { tooOldRevision } from "../errors.ts";
import type { Sink } from "../exchange.ts";
import { type CatchUp, sendHistory, sendState, sendStored } from "./catch-up.ts";
import type { ConvertedItems } from "./converted.ts";
import type { ResourceCache } from "./resource-cache.ts";
import type { Selection } from "./selection.ts";
import type { WatchCache } from "./watch-cache.ts";
import type { EventFormat, Member } from "./watch-group.ts";

export interface WatchRequest {
  /** Where somebody outside converts the objects. */
  converted: ConvertedItems | undefined;
  selection: Selection;
  format: EventFormat;
  /** Undefined: begin with the state of now. */
  after: number | undefined;
  /** Mark the end of the state of now with a bookmark that says so. */
  markInitialEnd: boolean;
  bookmarks: boolean;
  timeoutMs: number;
}

/**
 * Serves one watch until its time is over, its reader goes or does not read, or the cache is lost. It begins in history (the cache's own, else
 * the store's), at the reader's pace, and joins a live group once nothing is missing. Never rejects: trouble is told as an ERROR event.
 */
export async function serveWatch(
  where: { cache: ResourceCache; whole: WatchCache; store: Store; clock: Clock },
  request: WatchRequest,
  sink: Sink,
): Promise<void> {
  const { cache, store } = where;
  const { selection, format, converted } = request;
  const lifetime = cache.lifetime;
  const position = request.after ?? where.whole.revision;
  const group = cache.group(selection, format);
  const to: CatchUp = { store, cache, selection, format, group, converted, sink, position, started: false };
  try {
    if (request.after === undefined) await sendState(to);
    if (request.markInitialEnd) sink.write(format.bookmark(position, true));
    await sendMissing(to);
    if (converted) return await follow(where, request, to, lifetime);
  } catch (error) {
    sink.write(errorFrame(error));
    return;
  }
  if (!sink.signal.aborted && !lifetime.aborted) await live(where, request, to, lifetime);
}

async function live(
  { cache, whole, clock }: { cache: ResourceCache; whole: WatchCache; clock: Clock },
  request: WatchRequest,
  to: CatchUp,
  lifetime: AbortSignal,
): Promise<void> {
  const over = deferred();
  const { sink } = to;
  const tooSlow = () => {
    sink.destroy();
    over.resolve();
  };
  const member: Member = { sink, bookmarks: request.bookmarks, fresh: !to.started, tooSlow };
  const leave = cache.join(request.selection, request.format, member);
  const timer = clock.schedule(request.timeoutMs, over.resolve);
  const end = () => over.resolve();
  for (const signal of [sink.signal, lifetime]) signal.addEventListener("abort", end, { once: true });
  await over.promise;
  for (const signal of [sink.signal, lifetime]) signal.removeEventListener("abort", end);
  cache.flush();
  timer.cancel();
  leave();
  if (request.bookmarks && !lifetime.aborted) sink.write(request.format.bookmark(whole.revision));
}

/**
 * Goes on at the pace of the reader and of whoever converts: nobody else's watch waits for that. A conversion that fails ends the watch.
 */
async function follow(
  { cache, whole, clock }: { cache: ResourceCache; whole: WatchCache; clock: Clock },
  request: WatchRequest,
  to: CatchUp,
  lifetime: AbortSignal,
): Promise<void> {
  const { sink } = to;
  let [over, bookmark, more] = [false, 0, deferred()];
  const wake = () => more.resolve();
  const end = () => {
    over = true;
    wake();
  };
  const leave = cache.follow((revision = 0) => {
    bookmark ||= revision;
    wake();
  });
  const timer = clock.schedule(request.timeoutMs, end);
  for (const signal of [sink.signal, lifetime]) signal.addEventListener("abort", end, { once: true });
  try {
    while (!over && !sink.signal.aborted && !lifetime.aborted) {
      more = deferred();
      await sendMissing(to);
      if (bookmark > 0 && request.bookmarks) sink.write(request.format.bookmark(bookmark));
      bookmark = 0;
      await more.promise;
    }
    if (request.bookmarks && !lifetime.aborted && upToDate(to)) sink.write(request.format.bookmark(whole.revision));
  } finally {
    for (const signal of [sink.signal, lifetime]) signal.removeEventListener("abort", end);
    timer.cancel();
    leave();
  }
}

async function sendMissing(to: CatchUp): Promise<void> {
  while (!to.sink.signal.aborted && !upToDate(to)) if (!(await sendHistory(to))) await sendStored(to);
}

/** Whether nothing is missing at this very turn, so that joining the live group skips nothing. */
function upToDate(to: CatchUp): boolean {
  to.cache.flush();
  return to.cache.history.since(to.position, 1)?.length === 0;
}

function errorFrame(error: unknown): Buffer {
  const failure = error instanceof CompactedError ? tooOldRevision(error) : (error as StatusError);
  const object = failure.status ?? { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message: String(error), code: 500 };
  return Buffer.from(`${JSON.stringify({ type: "ERROR", object })}\n`);
}
