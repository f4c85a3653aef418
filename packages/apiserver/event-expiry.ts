import type { Clock, Logger } from "@wherry/base";
import type { Store } from "@wherry/store";
import type { ResourceCache } from "./watch-cache/resource-cache.ts";

/** How long an Event is kept after its last change. Source: kube-apiserver `--event-ttl`. */
const KEEP_MS = 3_600_000;
const CHECK_EVERY_MS = 60_000;

interface Entry {
  revision: number;
  until: number;
}

/**
 * Deletes Events that nothing has happened to for an hour, until the signal aborts; then resolves. Events of before this process count from
 * now. The cost is that of the events that change or expire.
 */
export async function expireEvents(options: {
  cache: ResourceCache;
  store: Store;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { cache, store, clock, log, signal } = options;
  // In order of their expiry, since each change moves an event to the end.
  const entries = new Map<string, Entry>();
  const touch = (key: string, revision: number) => {
    entries.delete(key);
    entries.set(key, { revision, until: clock.now() + KEEP_MS });
  };
  for (const item of cache.items()) touch(item.key, item.revision);
  cache.onChange(({ item, previous }) => {
    if (item) touch(item.key, item.revision);
    else if (previous) entries.delete(previous.key);
  });
  while (await slept(clock, signal)) {
    for (const [key, { revision, until }] of entries) {
      if (until > clock.now() || signal.aborted) break;
      try {
        // One that was changed meanwhile stays: its change is on the way.
        await store.delete(key, revision);
        entries.delete(key);
      } catch (error) {
        log.warn("an old event cannot be deleted; it is tried again", { key, error });
        break;
      }
    }
  }
}

async function slept(clock: Clock, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(CHECK_EVERY_MS, signal);
    return true;
  } catch {
    return false;
  }
}
