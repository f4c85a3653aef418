import type { ObjectReference } from "@wherry/api";

/** Something that happened to an object, once or several times. Times are milliseconds since the epoch. */
export interface Occurrence {
  about: ObjectReference;
  type: "Normal" | "Warning";
  reason: string;
  message: string;
  first: number;
  last: number;
  times: number;
}

/** An Event that is already on the server. */
export interface Recorded {
  namespace: string;
  name: string;
  count: number;
}

/** What to write: a new Event, or a higher count on the one that is `known`. */
export interface Correlated {
  key: string;
  message: string;
  known: Recorded | undefined;
}

// Source of these limits: client-go tools/record/events_cache.go.
const REMEMBERED = 4096;
const SIMILAR = 10;
const SIMILAR_WINDOW_MS = 600_000;
const BURST = 25;
const REFILL_MS = 300_000;

/**
 * Decides what becomes of an occurrence: the same event again raises a count; more than ten messages that differ only in their text are
 * combined into one event; an object that has too many events gets no more for a while. It remembers a bounded number of each.
 */
export class EventCorrelator {
  readonly #recorded = new Recent<Recorded>(REMEMBERED);
  readonly #similar = new Recent<{ messages: Set<string>; last: number }>(REMEMBERED);
  readonly #buckets = new Recent<{ tokens: number; at: number }>(REMEMBERED);

  /** Undefined when the object had too many events lately. */
  correlate(occurrence: Occurrence): Correlated | undefined {
    if (!this.#admit(occurrence)) return undefined;
    const group = groupKey(occurrence);
    const combined = this.#isOneOfMany(group, occurrence);
    const key = combined ? group : occurrenceKey(occurrence);
    const message = combined ? `(combined from similar events): ${occurrence.message}` : occurrence.message;
    return { key, message, known: this.#recorded.get(key) };
  }

  /** Remembers what was written for a key; undefined forgets it. */
  remember(key: string, recorded: Recorded | undefined): void {
    if (recorded) this.#recorded.set(key, recorded);
    else this.#recorded.delete(key);
  }

  #isOneOfMany(group: string, { message, last }: Occurrence): boolean {
    let similar = this.#similar.get(group);
    if (!similar || last - similar.last > SIMILAR_WINDOW_MS) similar = { messages: new Set(), last };
    if (similar.messages.size < SIMILAR) similar.messages.add(message);
    similar.last = last;
    this.#similar.set(group, similar);
    return similar.messages.size >= SIMILAR;
  }

  #admit({ about, last }: Occurrence): boolean {
    const key = aboutKey(about);
    const bucket = this.#buckets.get(key) ?? { tokens: BURST, at: last };
    bucket.tokens = Math.min(BURST, bucket.tokens + (last - bucket.at) / REFILL_MS);
    bucket.at = last;
    this.#buckets.set(key, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}

/** Two occurrences with this key are one event that happened twice. */
export function occurrenceKey(occurrence: Occurrence): string {
  return `${groupKey(occurrence)}\0${occurrence.message}`;
}

const aboutKey = (about: ObjectReference) =>
  [about.apiVersion, about.kind, about.namespace, about.name, about.uid, about.fieldPath].join("\0");
const groupKey = ({ about, type, reason }: Occurrence) => [aboutKey(about), type, reason].join("\0");

/** A map that forgets what was used longest ago. */
class Recent<T> {
  readonly #limit: number;
  readonly #entries = new Map<string, T>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: string): T | undefined {
    const value = this.#entries.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  set(key: string, value: T): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#limit) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}
