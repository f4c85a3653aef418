import type { Clock, Logger } from "@wherry/base";
import { type Client, createInformer, type Informer } from "@wherry/client";
import type { ApiObject, KindDefinition } from "@wherry/machinery";

export interface ObjectWatcherOptions<O extends ApiObject> {
  client: Client;
  kind: KindDefinition<O>;
  clock: Clock;
  log: Logger;
  /** Ends all watching. */
  signal: AbortSignal;
}

/** One object that somebody needs. */
export interface WatchedObject<O extends ApiObject> {
  /** Whether it is known if the object exists. */
  readonly known: boolean;
  /** Undefined when it does not exist, or is not known yet. */
  get(): O | undefined;
  release(): void;
}

interface Entry<O extends ApiObject> {
  informer: Informer<O>;
  listeners: Set<() => void>;
  stop: AbortController;
}

/**
 * Watches single objects by name for as long as somebody needs them: a node sees the objects of its own pods and no others, and holds none in memory that it
 * does not use.
 */
export class ObjectWatcher<O extends ApiObject> {
  readonly #options: ObjectWatcherOptions<O>;
  readonly #entries = new Map<string, Entry<O>>();

  constructor(options: ObjectWatcherOptions<O>) {
    this.#options = options;
  }

  /** How many objects are watched. */
  get size(): number {
    return this.#entries.size;
  }

  /** Watches an object; `onChange` is called whenever it is first known, appears, changes or goes. */
  watch(namespace: string, name: string, onChange: () => void): WatchedObject<O> {
    const key = `${namespace}/${name}`;
    const entry = this.#entries.get(key) ?? this.#start(key, namespace, name);
    const listener = () => onChange();
    entry.listeners.add(listener);
    return {
      get known() {
        return entry.informer.synced;
      },
      get: () => entry.informer.lister.get(name, namespace),
      release: () => {
        entry.listeners.delete(listener);
        if (entry.listeners.size > 0 || this.#entries.get(key) !== entry) return;
        this.#entries.delete(key);
        entry.stop.abort();
      },
    };
  }

  #start(key: string, namespace: string, name: string): Entry<O> {
    const { client, kind, clock, log, signal } = this.#options;
    const stop = new AbortController();
    const informer = createInformer(client, kind, {
      clock,
      log,
      signal: AbortSignal.any([signal, stop.signal]),
      query: { namespace, fieldSelector: `metadata.name=${name}` },
    });
    const entry: Entry<O> = { informer, listeners: new Set(), stop };
    const tell = () => {
      for (const listener of entry.listeners) listener();
    };
    informer.on({ added: tell, updated: tell, deleted: tell });
    informer.whenSynced().then(tell, () => {});
    this.#entries.set(key, entry);
    return entry;
  }
}
