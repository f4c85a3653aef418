/** Hands each published value to every open subscription, in order. A subscription holds what its reader has not taken yet. */
export class Feed<T> {
  readonly #readers = new Set<(value: T) => void>();

  publish(value: T): void {
    for (const reader of this.#readers) reader(value);
  }

  /** What is published from this call on, until the signal aborts. */
  subscribe(signal: AbortSignal): AsyncIterable<T> {
    const queue: T[] = [];
    let wake = () => {};
    const reader = (value: T) => {
      queue.push(value);
      wake();
    };
    this.#readers.add(reader);
    const stop = () => {
      this.#readers.delete(reader);
      wake();
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
    return (async function* () {
      while (true) {
        while (queue.length > 0 && !signal.aborted) yield queue.shift()!;
        if (signal.aborted) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    })();
  }
}
