import { type ApiObject, keyOf } from "@wherry/machinery";
import type { Lister } from "./informer.ts";

export type IndexFunction<O extends ApiObject> = (object: O) => readonly string[];

interface Index<O extends ApiObject> {
  of: IndexFunction<O>;
  buckets: Map<string, Map<string, O>>;
}

/** What a whole new list changed: deletions first, so that a name used again is a deletion and then an addition. */
export interface Difference<O extends ApiObject> {
  deleted: O[];
  updated: { object: O; previous: O }[];
  added: O[];
}

/** Objects of one kind by name, and by the values of their indexes. A change costs as much as the indexes that it touches. */
export class IndexedCache<O extends ApiObject> implements Lister<O> {
  #objects = new Map<string, Map<string, O>>();
  #indexes = new Map<string, Index<O>>();
  readonly #onIndexError: (index: string, object: O, error: unknown) => void;

  /** @param onIndexError an index function threw on an object: that index leaves the object out */
  constructor(onIndexError: (index: string, object: O, error: unknown) => void) {
    this.#onIndexError = onIndexError;
  }

  get(name: string, namespace = ""): O | undefined {
    return this.#objects.get(namespace)?.get(name);
  }

  list(namespace?: string): O[] {
    if (namespace !== undefined) return [...(this.#objects.get(namespace)?.values() ?? [])];
    const all: O[] = [];
    for (const objects of this.#objects.values()) for (const object of objects.values()) all.push(object);
    return all;
  }

  byIndex(index: string, value: string): O[] {
    const found = this.#indexes.get(index);
    if (!found)
      throw new Error(`there is no index ${JSON.stringify(index)} here: the indexes are ${[...this.#indexes.keys()].join(", ") || "none"}`);
    return [...(found.buckets.get(value)?.values() ?? [])];
  }

  addIndex(name: string, of: IndexFunction<O>): void {
    const existing = this.#indexes.get(name);
    if (existing?.of === of) return;
    if (existing) throw new Error(`the index ${JSON.stringify(name)} is already there, with another function`);
    const index: Index<O> = { of, buckets: new Map() };
    this.#indexes.set(name, index);
    for (const object of this.list()) this.#file(name, index, object);
  }

  /** Puts an object in, or in place of the one of its name, which it gives. */
  set(object: O): O | undefined {
    const { name, namespace = "" } = object.metadata;
    const objects = entry(this.#objects, namespace);
    const previous = objects.get(name);
    objects.set(name, object);
    for (const [indexName, index] of this.#indexes) {
      if (previous) this.#unfile(indexName, index, previous);
      this.#file(indexName, index, object);
    }
    return previous;
  }

  /** Takes the object of this name out, and gives it. */
  delete(name: string, namespace = ""): O | undefined {
    const objects = this.#objects.get(namespace);
    const previous = objects?.get(name);
    if (!objects || !previous) return undefined;
    objects.delete(name);
    if (objects.size === 0) this.#objects.delete(namespace);
    for (const [indexName, index] of this.#indexes) this.#unfile(indexName, index, previous);
    return previous;
  }

  /** Makes the content exactly `objects`, at once, and says what that changed. An object whose resourceVersion is the same is kept as it is. */
  replace(objects: readonly O[]): Difference<O> {
    const difference: Difference<O> = { deleted: [], updated: [], added: [] };
    const names = new Set(objects.map(keyOf));
    for (const old of this.list()) if (!names.has(keyOf(old))) difference.deleted.push(old);
    for (const gone of difference.deleted) this.delete(gone.metadata.name, gone.metadata.namespace);
    for (const object of objects) this.#replaceOne(object, difference);
    return difference;
  }

  #replaceOne(object: O, difference: Difference<O>): void {
    const previous = this.get(object.metadata.name, object.metadata.namespace);
    if (previous?.metadata.uid === object.metadata.uid && previous.metadata.resourceVersion === object.metadata.resourceVersion) return;
    this.set(object);
    if (previous?.metadata.uid === object.metadata.uid) {
      difference.updated.push({ object, previous });
      return;
    }
    if (previous) difference.deleted.push(previous);
    difference.added.push(object);
  }

  #values(name: string, index: Index<O>, object: O): readonly string[] {
    try {
      return index.of(object);
    } catch (error) {
      this.#onIndexError(name, object, error);
      return [];
    }
  }

  #file(name: string, index: Index<O>, object: O): void {
    for (const value of this.#values(name, index, object)) {
      entry(index.buckets, value).set(keyOf(object), object);
    }
  }

  #unfile(name: string, index: Index<O>, object: O): void {
    for (const value of this.#values(name, index, object)) {
      const bucket = index.buckets.get(value);
      bucket?.delete(keyOf(object));
      if (bucket?.size === 0) index.buckets.delete(value);
    }
  }
}

function entry<O>(maps: Map<string, Map<string, O>>, key: string): Map<string, O> {
  let map = maps.get(key);
  if (!map) {
    map = new Map();
    maps.set(key, map);
  }
  return map;
}
