import type { Item } from "./item.ts";

/** One change of one object. `item` is absent when it was deleted, `previous` when it was created. */
export interface CacheEvent {
  readonly revision: number;
  readonly item: Item | undefined;
  readonly previous: Item | undefined;
  /** Frames already rendered for watchers, by format and type; forgotten once delivered. */
  frames?: Map<string, Buffer> | undefined;
}

/** The newest changes of one resource, bounded in number and bytes, for watches that resume. */
export class History {
  readonly #maxEvents: number;
  readonly #maxBytes: number;
  #events: CacheEvent[] = [];
  #start = 0;
  #bytes = 0;
  #floor: number;

  /** @param floor every change above this revision will be pushed */
  constructor(floor: number, limits: { events: number; bytes: number } = { events: 1024, bytes: 1 << 21 }) {
    this.#floor = floor;
    this.#maxEvents = limits.events;
    this.#maxBytes = limits.bytes;
  }

  /** Revision of the newest change, or where the history begins when there is none. */
  get last(): number {
    return this.#events.at(-1)?.revision ?? this.#floor;
  }

  push(event: CacheEvent): void {
    this.#events.push(event);
    this.#bytes += sizeOf(event);
    while (this.#events.length - this.#start > this.#maxEvents || (this.#bytes > this.#maxBytes && this.#events.length - this.#start > 1)) {
      this.#dropOldest();
    }
  }

  /** All changes after `revision`, oldest first; undefined when some are no longer here. At most `limit`. */
  since(revision: number, limit = Number.POSITIVE_INFINITY): CacheEvent[] | undefined {
    if (revision < this.#floor) return undefined;
    const from = this.#firstAfter(revision);
    return this.#events.slice(from, Math.min(this.#events.length, from + limit));
  }

  #dropOldest(): void {
    const oldest = this.#events[this.#start] as CacheEvent;
    this.#floor = oldest.revision;
    this.#bytes -= sizeOf(oldest);
    this.#start++;
    if (this.#start <= this.#maxEvents / 4) return;
    this.#events = this.#events.slice(this.#start);
    this.#start = 0;
  }

  #firstAfter(revision: number): number {
    let low = this.#start;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#events[middle] as CacheEvent).revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const sizeOf = (event: CacheEvent) => (event.item?.bytes.length ?? 0) + (event.previous?.bytes.length ?? 0);
