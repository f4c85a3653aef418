/** Rejects when the signal aborts (at once when it already has), with the signal's reason. */
export function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** Whether `error` is what `signal` aborted with, as opposed to a failure of the work itself. */
export function isAbort(error: unknown, signal?: AbortSignal): boolean {
  return signal ? signal.aborted && error === signal.reason : error instanceof Error && error.name === "AbortError";
}

/** A promise with its resolvers outside. */
export interface Deferred<T> {
  promise: Promise<T>;
  resolve(value: T): void;
  reject(reason: unknown): void;
}

export function deferred<T = void>(): Deferred<T> {
  return Promise.withResolvers<T>();
}

/** Runs at most `limit` of the tasks given to it at once; the others wait in order of arrival. */
export function limiter(limit: number): <T>(task: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
