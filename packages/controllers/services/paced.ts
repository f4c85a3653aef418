import type { ControllerContext } from "@wherry/engine";

/** After a reconcile, its key rests for this many times as long as it took. */
const REST_FACTOR = 4;
/** Work shorter than this needs no rest; no rest is longer than that. */
const MIN_WORK_MS = 2;
const MAX_REST_MS = 100;

type Reconcile = (key: string, ctx: ControllerContext) => Promise<void>;

/**
 * The same reconcile, but a key whose work is long rests in proportion, so that a burst of changes is taken together: the endpoints of a large service
 * change with each of its pods, and each time cost as much as it has pods. The first change after a while is never delayed. Time is the context's clock.
 */
export function paced(reconcile: Reconcile): (key: string, ctx: ControllerContext) => Promise<{ requeueAfterMs: number } | void> {
  const restUntil = new Map<string, number>();
  return async (key, ctx) => {
    const start = ctx.clock.now();
    const wait = (restUntil.get(key) ?? 0) - start;
    if (wait > 0) return { requeueAfterMs: wait };
    restUntil.delete(key);
    await reconcile(key, ctx);
    const end = ctx.clock.now();
    const rest = Math.min(MAX_REST_MS, (end - start) * REST_FACTOR);
    if (end - start >= MIN_WORK_MS) restUntil.set(key, end + rest);
  };
}
