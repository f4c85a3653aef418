import type { CacheEvent } from "./history.ts";
import type { Item } from "./item.ts";
import { triggersOf } from "./selection.ts";
import type { WatchGroup } from "./watch-group.ts";

/** The groups of a resource's watchers, by what their objects must have: an event is judged by those only that it may concern. */
export class GroupIndex {
  /** Whatever changes may concern these. */
  readonly #broad = new Set<WatchGroup>();
  readonly #narrow = new Map<string, Set<WatchGroup>>();

  add(group: WatchGroup): void {
    const { trigger } = group;
    if (trigger === undefined) this.#broad.add(group);
    else this.#narrow.set(trigger, (this.#narrow.get(trigger) ?? new Set()).add(group));
  }

  remove(group: WatchGroup): void {
    const { trigger } = group;
    if (trigger === undefined) {
      this.#broad.delete(group);
      return;
    }
    const others = this.#narrow.get(trigger);
    others?.delete(group);
    if (others?.size === 0) this.#narrow.delete(trigger);
  }

  /** The groups that some of these events may concern, each with those of them, in order. */
  concerned(events: readonly CacheEvent[]): ReadonlyMap<WatchGroup, readonly CacheEvent[]> {
    const found = new Map<WatchGroup, CacheEvent[]>();
    if (this.#narrow.size > 0) for (const event of events) this.#addNarrow(found, event);
    for (const group of this.#broad) found.set(group, [...events]);
    return found;
  }

  #addNarrow(found: Map<WatchGroup, CacheEvent[]>, event: CacheEvent): void {
    const groups = new Set<WatchGroup>();
    for (const item of [event.item, event.previous]) if (item) this.#collect(groups, item);
    for (const group of groups) {
      const earlier = found.get(group);
      if (earlier) earlier.push(event);
      else found.set(group, [event]);
    }
  }

  #collect(groups: Set<WatchGroup>, item: Item): void {
    for (const trigger of triggersOf(item)) for (const group of this.#narrow.get(trigger) ?? []) groups.add(group);
  }
}
