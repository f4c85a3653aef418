import type { Sink } from "../exchange.ts";
import type { CacheEvent } from "./history.ts";
import type { Item } from "./item.ts";
import type { Selection } from "./selection.ts";

export type EventType = "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";

/** How an event is written on the wire: the object itself, a table, or only its metadata. */
export interface EventFormat {
  /** Formats with the same id write the same. */
  readonly id: string;
  /** One line of a watch. `first` is true for the first event of a watcher. */
  frame(type: EventType, object: Buffer, first: boolean): Buffer;
  /** The line that says that nothing up to `revision` is missing; `initialEnd` when it ends the initial events. */
  bookmark(revision: number, initialEnd?: boolean): Buffer;
  /** Whether `first` makes a difference. */
  readonly distinctFirst: boolean;
}

/** A reader that is up to date: it gets what comes. */
export interface Member {
  readonly sink: Sink;
  readonly bookmarks: boolean;
  /** True until it got its first event. */
  fresh: boolean;
  /** It does not read: cut it off. */
  tooSlow(): void;
}

/** What a watcher may leave unread before it is cut off, in bytes. */
export const MAX_UNREAD = 4 << 20;

/**
 * Watchers that want the same thing in the same form. Each event is judged and rendered once for all of them, and the events of one tick
 * reach each of them in one write.
 */
export class WatchGroup {
  readonly #selection: Selection;
  readonly #prefix: string;
  readonly #format: EventFormat;
  readonly members = new Set<Member>();

  constructor(selection: Selection, prefix: string, format: EventFormat) {
    this.#selection = selection;
    this.#prefix = prefix;
    this.#format = format;
  }

  /** What every object that it wants has. */
  get trigger(): string | undefined {
    return this.#selection.trigger;
  }

  /** Sends these events to every member. */
  deliver(events: readonly CacheEvent[]): void {
    const chunk = this.render(events);
    if (chunk.length === 0) return;
    let opening: Buffer | undefined;
    for (const member of this.members) {
      if (member.fresh && this.#format.distinctFirst) {
        opening ??= this.render(events, true);
        this.#send(member, opening);
      } else {
        this.#send(member, chunk);
      }
      member.fresh = false;
    }
  }

  /** Tells the members that want it that nothing up to `revision` is missing. */
  bookmark(revision: number): void {
    const frame = this.#format.bookmark(revision);
    for (const member of this.members) if (member.bookmarks) this.#send(member, frame);
  }

  /** The lines of what these events mean to the group; empty when nothing. */
  render(events: readonly CacheEvent[], first = false): Buffer {
    const frames: Buffer[] = [];
    for (const event of events) {
      const frame = this.#frame(event, first && frames.length === 0);
      if (frame) frames.push(frame);
    }
    return frames.length === 1 ? (frames[0] as Buffer) : Buffer.concat(frames);
  }

  #send(member: Member, chunk: Buffer): void {
    // Judged by what was left from before: a healthy reader may well get more than this in one tick.
    if (member.sink.pending > MAX_UNREAD) member.tooSlow();
    else member.sink.write(chunk);
  }

  #frame(event: CacheEvent, first: boolean): Buffer | undefined {
    const type = this.#meaning(event);
    if (!type) return undefined;
    const id = `${type}${this.#format.id}`;
    if (first && this.#format.distinctFirst) return this.#render(event, type, true);
    event.frames ??= new Map();
    const known = event.frames.get(id) ?? this.#render(event, type, false);
    event.frames.set(id, known);
    return known;
  }

  #render(event: CacheEvent, type: EventType, first: boolean): Buffer {
    const bytes = type === "DELETED" ? (event.previous as Item).bytesAt(event.revision) : (event.item as Item).bytes;
    return this.#format.frame(type, bytes, first);
  }

  /** An object that begins to match was added for this group, one that ceases to match was deleted. */
  #meaning(event: CacheEvent): EventType | undefined {
    const is = event.item !== undefined && this.#wants(event.item);
    const was = event.previous !== undefined && this.#wants(event.previous);
    if (is) return was ? "MODIFIED" : "ADDED";
    return was ? "DELETED" : undefined;
  }

  #wants(item: Item): boolean {
    return item.key.startsWith(this.#prefix) && this.#selection.matches(item);
  }
}
