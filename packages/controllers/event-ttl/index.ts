import { Event } from "@wherry/api";
import { hasReason, limiter } from "@wherry/base";
import type { Controller, ControllerContext } from "@wherry/engine";
import { EVENT_TTL_MS, expiryOf } from "./plan.ts";

/** Between two sweeps, at least. Milliseconds. */
const SWEEP_MS = 60_000;
const PAGE = 500;
const AT_ONCE = 4;

/**
 * Deletes events an hour after they last happened. It keeps no cache of them: a sweep reads page by page, and the next one waits for the first that will be
 * due. Stands in for the leases that events have in etcd.
 */
export function eventTtlController(): Controller {
  return { name: "event-ttl-controller", workers: 1, startWith: ["sweep"], watches: [], reconcile: (_, ctx) => sweep(ctx) };
}

async function sweep(ctx: ControllerContext): Promise<{ requeueAfterMs: number }> {
  const now = ctx.clock.now();
  const limit = limiter(AT_ONCE);
  let next = now + EVENT_TTL_MS;
  for await (const events of pages(ctx)) {
    const due = events.filter((e) => expiryOf(e) <= now);
    for (const e of events) if (expiryOf(e) > now) next = Math.min(next, expiryOf(e));
    await Promise.all(due.map((e) => limit(() => remove(ctx, e))));
  }
  return { requeueAfterMs: Math.max(SWEEP_MS, next - now) };
}

async function* pages(ctx: ControllerContext): AsyncGenerator<Event[]> {
  let page = await ctx.client.list(Event, { limit: PAGE });
  yield page.items;
  while (page.metadata.continue) {
    page = await ctx.client.list(Event, { limit: PAGE, continue: page.metadata.continue });
    yield page.items;
  }
}

/** An event that happened again in the meantime stays. */
async function remove(ctx: ControllerContext, { metadata: { name, namespace, uid, resourceVersion } }: Event): Promise<void> {
  try {
    await ctx.client.delete(Event, { name, ...(namespace && { namespace }) }, { preconditions: { uid, resourceVersion } });
  } catch (error) {
    if (!hasReason(error, "NotFound") && !hasReason(error, "Conflict")) throw error;
  }
}
