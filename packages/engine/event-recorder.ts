import { randomInt } from "node:crypto";
import { Event, type ObjectReference } from "@wherry/api";
import { type Clock, type Deferred, deferred, type Logger, rfc3339, StatusError } from "@wherry/base";
import type { Client } from "@wherry/client";
import type { ApiObject, NewObject } from "@wherry/machinery";
import type { EventRecorder } from "./controller.ts";
import { type Correlated, EventCorrelator, type Occurrence, occurrenceKey, type Recorded } from "./event-correlator.ts";

export interface EventRecorderOptions {
  client: Client;
  clock: Clock;
  /** Who reports: the first word of an Event's source. */
  component: string;
  /** The node it reports from. */
  host?: string;
  log: Logger;
  /** Ends it: what was not written by then is dropped. */
  signal?: AbortSignal;
}

/** An EventRecorder that can be waited for. */
export interface FlushableEventRecorder extends EventRecorder {
  /** Resolves when nothing is left to write, or when the server cannot be reached and the rest waits for it. */
  flushed(): Promise<void>;
}

const MAX_PENDING = 1000;
const MAX_TRIES = 12;
const RETRY_MS = 10_000;

/**
 * Emits Events in the background, one write after the other. Repeats are folded, also those that wait. It forgets rather than grows: at most
 * 1000 different events wait, and an event that the server refuses, or that cannot be written for two minutes, is dropped with a log line.
 */
export function createEventRecorder(options: EventRecorderOptions): FlushableEventRecorder {
  return new BackgroundRecorder(options);
}

/** Shared by all recorders, and begun anywhere: two of them, in one process or in several, tell of one object in one millisecond. */
let order = BigInt(randomInt(1_000_000));

/** Nanoseconds in hexadecimal, as upstream names its Events; the last digits keep those of one millisecond apart. */
function uniqueTime(ms: number): string {
  order = (order + 1n) % 1_000_000n;
  return (BigInt(ms) * 1_000_000n + order).toString(16);
}

class BackgroundRecorder implements FlushableEventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #correlator = new EventCorrelator();
  readonly #pending = new Map<string, Occurrence>();
  #writing = false;
  #waitingForServer = false;
  #flushers: Deferred<void>[] = [];

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  event(about: ApiObject, type: "Normal" | "Warning", reason: string, message: string, fieldPath?: string): void {
    if (this.#options.signal?.aborted) return;
    const now = this.#options.clock.now();
    const occurrence: Occurrence = { about: referenceTo(about, fieldPath), type, reason, message, first: now, last: now, times: 1 };
    const key = occurrenceKey(occurrence);
    const waiting = this.#pending.get(key);
    if (waiting) {
      waiting.times++;
      waiting.last = now;
    } else if (this.#pending.size < MAX_PENDING) {
      this.#pending.set(key, occurrence);
    } else {
      this.#options.log.debug("too many events wait to be written: one is dropped", { reason, message });
    }
    if (!this.#writing) void this.#writeAll();
  }

  flushed(): Promise<void> {
    if (!this.#writing || this.#waitingForServer) return Promise.resolve();
    const flusher = deferred();
    this.#flushers.push(flusher);
    return flusher.promise;
  }

  async #writeAll(): Promise<void> {
    this.#writing = true;
    // What is reported in one turn is folded before the first write.
    await Promise.resolve();
    for (const [key, occurrence] of this.#pending) {
      this.#pending.delete(key);
      await this.#write(occurrence);
      if (this.#options.signal?.aborted) this.#pending.clear();
    }
    this.#writing = false;
    this.#tellFlushers();
  }

  async #write(occurrence: Occurrence): Promise<void> {
    const correlated = this.#correlator.correlate(occurrence);
    if (!correlated) return;
    const { log, signal } = this.#options;
    for (let tries = 1; !signal?.aborted; tries++) {
      try {
        this.#correlator.remember(correlated.key, await this.#send(occurrence, correlated));
        return;
      } catch (error) {
        const hopeless = error instanceof StatusError && error.code < 500 && error.code !== 429;
        if (hopeless || tries >= MAX_TRIES) return log.debug("an event is dropped", { reason: occurrence.reason, error });
        await this.#waitForServer();
      }
    }
  }

  async #waitForServer(): Promise<void> {
    this.#waitingForServer = true;
    this.#tellFlushers();
    await this.#options.clock.sleep(RETRY_MS, this.#options.signal).catch(() => {});
    this.#waitingForServer = false;
  }

  async #send(occurrence: Occurrence, correlated: Correlated): Promise<Recorded> {
    const { known } = correlated;
    if (!known) return this.#create(occurrence, correlated.message);
    try {
      return await this.#raise(occurrence, correlated.message, known);
    } catch (error) {
      // Events expire; what is gone starts over.
      if (error instanceof StatusError && error.code === 404) return this.#create(occurrence, correlated.message);
      throw error;
    }
  }

  async #raise({ last, times }: Occurrence, message: string, known: Recorded): Promise<Recorded> {
    const count = known.count + times;
    await this.#options.client.patch(Event, known, { type: "merge", body: { count, message, lastTimestamp: rfc3339(last) } });
    return { ...known, count };
  }

  async #create(occurrence: Occurrence, message: string): Promise<Recorded> {
    const namespace = occurrence.about.namespace || "default";
    const name = `${occurrence.about.name}.${uniqueTime(occurrence.first)}`;
    const { component, host } = this.#options;
    const event: NewObject<Event> = {
      metadata: { namespace, name },
      involvedObject: occurrence.about,
      reason: occurrence.reason,
      message,
      source: { component, ...(host && { host }) },
      firstTimestamp: rfc3339(occurrence.first),
      lastTimestamp: rfc3339(occurrence.last),
      count: occurrence.times,
      type: occurrence.type,
      reportingComponent: component,
      reportingInstance: host ?? "",
    };
    await this.#options.client.create(Event, event);
    return { namespace, name, count: occurrence.times };
  }

  #tellFlushers(): void {
    for (const flusher of this.#flushers.splice(0)) flusher.resolve();
  }
}

function referenceTo(about: ApiObject, fieldPath: string | undefined): ObjectReference {
  const { apiVersion, kind, metadata } = about;
  return {
    apiVersion,
    kind,
    name: metadata.name,
    ...(metadata.namespace && { namespace: metadata.namespace }),
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    ...(fieldPath && { fieldPath }),
  };
}
