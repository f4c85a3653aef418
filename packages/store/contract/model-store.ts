import type { Entry, ListOptions, ListResult, StoreEvent, WriteResult } from "../store.ts";

const inBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** A store as simple as can be: the list of all changes ever made. Every answer is computed from it. */
export class ModelStore {
  readonly events: StoreEvent[] = [];
  compacted = 0;

  get revision(): number {
    return this.events.length;
  }

  /** What was there at a revision. */
  state(at: number): Map<string, Entry> {
    const state = new Map<string, Entry>();
    for (const { type, key, revision, createRevision, value } of this.events.slice(0, at)) {
      if (type === "put") state.set(key, { key, value: value as Uint8Array, revision, createRevision });
      else state.delete(key);
    }
    return state;
  }

  get(key: string, at = this.revision): Entry | undefined {
    return this.state(at).get(key);
  }

  list(prefix: string, { at = this.revision, limit, after }: ListOptions): ListResult {
    const found = [...this.state(at).values()].filter(
      ({ key }) => key.startsWith(prefix) && (after === undefined || inBytes(key, after) > 0),
    );
    found.sort((a, b) => inBytes(a.key, b.key));
    const entries = limit ? found.slice(0, limit) : found;
    const remaining = found.length - entries.length;
    return { revision: at, entries, more: remaining > 0, remaining };
  }

  /** `expected` undefined: a create; `value` undefined: a delete. */
  write(key: string, value: Uint8Array | undefined, expected: number | undefined): WriteResult {
    const current = this.get(key);
    if (current?.revision !== expected) return { ok: false, current };
    const revision = this.revision + 1;
    const createRevision = current?.createRevision ?? revision;
    this.events.push(
      value
        ? { type: "put", key, revision, createRevision, value }
        : { type: "delete", key, revision, createRevision, previous: current as Entry },
    );
    return { ok: true, revision };
  }

  /** The changes a watch gives. */
  changes(prefix: string, after: number): StoreEvent[] {
    return this.events.filter(({ key, revision }) => revision > after && key.startsWith(prefix));
  }
}
