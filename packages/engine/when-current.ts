import { type Client, type Informer, isAtLeast } from "@wherry/client";
import { type ApiObject, type KindDefinition, keyOf } from "@wherry/machinery";

/** Resolves when the informer holds everything that the server held at the call, and nothing that was gone by then. Costs one list of the kind. */
export async function whenCurrent<O extends ApiObject>(client: Client, kind: KindDefinition<O>, informer: Informer<O>): Promise<void> {
  const list = await client.list(kind);
  const there = new Set(list.items.map(keyOf));
  // What the list lacks although it is older than the list was deleted; what is newer was created after it.
  const isGone = (o: O) => !there.has(keyOf(o)) && isAtLeast(list.metadata.resourceVersion, o.metadata.resourceVersion);
  await informer.caughtUp(newest(list.items));
  await whenDeleted(informer, informer.lister.list().filter(isGone));
}

const newest = (objects: readonly ApiObject[]) =>
  objects.reduce((newest, { metadata: { resourceVersion } }) => (isAtLeast(newest, resourceVersion) ? newest : resourceVersion), "0");

/** Resolves when the informer holds none of these objects any more, which are all gone from the server, or has ended itself. */
export function whenDeleted<O extends ApiObject>(informer: Informer<O>, objects: Iterable<O>): Promise<void> {
  const uids = new Set<string>();
  for (const { metadata } of objects) {
    if (informer.lister.get(metadata.name, metadata.namespace)?.metadata.uid === metadata.uid) uids.add(metadata.uid);
  }
  if (uids.size === 0) return Promise.resolve();
  return new Promise((resolve) => {
    const off = informer.on({
      deleted(object) {
        uids.delete(object.metadata.uid);
        if (uids.size > 0) return;
        off();
        resolve();
      },
      ended: resolve,
    });
  });
}
