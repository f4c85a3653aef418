import type { Pod } from "@wherry/api";
import type { Client, ObjectName } from "@wherry/client";
import { type ApiList, type ApiObject, type KindDefinition, keyOf, type WatchEvent } from "@wherry/machinery";

/**
 * As little of an API as a scheduler needs, in memory, without bytes: lists, watches, and bindings that come back as events. What a scheduler costs over
 * it is its own. Events are taken and forgotten.
 */
export class BareApi {
  readonly #kinds = new Map<string, Map<string, ApiObject>>();
  readonly #watchers = new Map<string, Set<Feed>>();
  #revision = 0;
  /** Called after each binding. */
  onBound: (pod: Pod) => void = () => {};

  /** Creates or replaces an object, and tells the watchers. */
  put<O extends ApiObject>(plural: string, object: O): void {
    const objects = this.#objects(plural);
    const type = objects.has(keyOf(object)) ? "MODIFIED" : "ADDED";
    object.metadata.resourceVersion = String(++this.#revision);
    objects.set(keyOf(object), object);
    for (const feed of this.#watchers.get(plural) ?? []) feed.push({ type, object });
  }

  delete(plural: string, object: ApiObject): void {
    if (!this.#objects(plural).delete(keyOf(object))) return;
    const gone = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#revision) } };
    for (const feed of this.#watchers.get(plural) ?? []) feed.push({ type: "DELETED", object: gone });
  }

  /** The part of a client that an informer and a binder use; everything else is missing, and fails. */
  get client(): Client {
    const client = {
      list: async (kind: KindDefinition): Promise<ApiList<ApiObject>> => ({
        apiVersion: "v1",
        kind: `${kind.kind}List`,
        metadata: { resourceVersion: String(this.#revision) },
        items: [...this.#objects(kind.plural).values()],
      }),
      watch: (kind: KindDefinition, _: unknown, signal: AbortSignal) => this.#watch(kind.plural, signal),
      create: async (_: KindDefinition, object: ApiObject) => object,
      post: async (_: KindDefinition, name: ObjectName, __: string, body: { target: { name: string } }) =>
        this.#bind(name, body.target.name),
    };
    return client as unknown as Client;
  }

  #bind({ name, namespace }: ObjectName, nodeName: string): object {
    const pod = this.#objects("pods").get(`${namespace}/${name}`) as Pod | undefined;
    if (!pod) throw new Error(`there is no pod ${namespace}/${name}`);
    const bound = { ...pod, metadata: { ...pod.metadata }, spec: { ...pod.spec, nodeName } };
    this.put("pods", bound);
    this.onBound(bound);
    return {};
  }

  #objects(plural: string): Map<string, ApiObject> {
    const objects = this.#kinds.get(plural) ?? new Map<string, ApiObject>();
    this.#kinds.set(plural, objects);
    return objects;
  }

  async *#watch(plural: string, signal: AbortSignal): AsyncGenerator<WatchEvent<ApiObject>> {
    const feed = new Feed();
    const feeds = this.#watchers.get(plural) ?? new Set();
    this.#watchers.set(plural, feeds.add(feed));
    const end = () => feed.end();
    signal.addEventListener("abort", end, { once: true });
    while (!signal.aborted) {
      await feed.filled();
      yield* feed.take();
    }
    feeds.delete(feed);
  }
}

/** Events that one watcher has not taken yet. */
class Feed {
  #events: WatchEvent<ApiObject>[] = [];
  #wake: (() => void) | undefined;

  push(event: WatchEvent<ApiObject>): void {
    this.#events.push(event);
    this.end();
  }

  end(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  filled(): Promise<void> {
    return this.#events.length > 0 ? Promise.resolve() : new Promise((resolve) => (this.#wake = resolve));
  }

  take(): WatchEvent<ApiObject>[] {
    return this.#events.splice(0);
  }
}
