import type { Handler, Informer } from "@wherry/client";
import { IndexedCache } from "@wherry/client/indexed-cache.ts";
import type { ApiObject } from "@wherry/machinery";

/** An informer that a test feeds by hand, over the cache that the real one has. */
export class FedInformer<O extends ApiObject> implements Informer<O> {
  readonly lister = new IndexedCache<O>((index, _, error) => {
    throw new Error(`index ${index} failed`, { cause: error });
  });
  synced = false;

  sync(...objects: O[]): void {
    this.lister.replace(objects);
    this.synced = true;
  }

  set(object: O): void {
    this.lister.set(object);
  }

  delete(name: string, namespace: string): void {
    this.lister.delete(name, namespace);
  }

  async whenSynced(): Promise<void> {}
  async caughtUp(): Promise<void> {}

  on(_: Handler<O>): () => void {
    return () => {};
  }

  addIndex(name: string, of: (object: O) => readonly string[]): void {
    this.lister.addIndex(name, of);
  }
}
