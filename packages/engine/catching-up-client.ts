import { hasReason } from "@wherry/base";
import type { Client, ObjectName } from "@wherry/client";
import type { ApiObject, KindDefinition } from "@wherry/machinery";

/** Tells what the server has, or (with an empty resourceVersion) has no longer. */
type Saw = <O extends ApiObject>(kind: KindDefinition<O>, object: O) => void;

/**
 * The same client; but a write that fails because the writer's cache is behind reports through `saw` what the server has now, before it rejects as ever.
 * So whoever waits for that in the cache does not fail for the same reason again. Costs one read for each Conflict.
 */
export function catchingUpClient(client: Client, saw: Saw): Client {
  const lookAgain = async <O extends ApiObject>(kind: KindDefinition<O>, name: ObjectName, error: unknown): Promise<never> => {
    if (hasReason(error, "Conflict")) {
      await client.get(kind, name).then(
        (stored) => saw(kind, stored),
        () => {},
      );
    }
    throw error;
  };
  return {
    get: (kind, name) => client.get(kind, name),
    list: (kind, query) => client.list(kind, query),
    create: (kind, object, options) => client.create(kind, object, options),
    update: (kind, object, options) =>
      client.update(kind, object, options).catch((error) => {
        if (hasReason(error, "NotFound")) saw(kind, { ...object, metadata: { ...object.metadata, resourceVersion: "" } });
        return lookAgain(kind, nameOf(object), error);
      }),
    patch: (kind, name, patch, options) => client.patch(kind, name, patch, options).catch((error) => lookAgain(kind, name, error)),
    delete: (kind, name, options) => client.delete(kind, name, options).catch((error) => lookAgain(kind, name, error)),
    deleteCollection: (kind, query, options) => client.deleteCollection(kind, query, options),
    watch: (kind, query, signal) => client.watch(kind, query, signal),
    post: (kind, name, subresource, body) => client.post(kind, name, subresource, body),
    raw: (request) => client.raw(request),
    upgrade: (path, protocols, signal) => client.upgrade(path, protocols, signal),
    close: () => client.close(),
  };
}

const nameOf = ({ metadata: { name, namespace } }: ApiObject): ObjectName => ({ name, ...(namespace && { namespace }) });
