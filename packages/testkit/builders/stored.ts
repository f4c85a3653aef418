import { rfc3339 } from "@wherry/base";
import { type ApiObject, apiVersionOf, deepCopy, type KindDefinition, type NewObject, type ObjectMeta } from "@wherry/machinery";

/** When built objects were created. Milliseconds since the epoch; the start of a FakeClock. */
export const BUILT_AT = Date.UTC(2026, 0, 1);

/**
 * A new object as a server would have stored it: with defaults, a uid made of its name, and a resource version. What the manifest says about
 * its status is kept, which a server would not do. Throws when the object would be refused. The manifest is left as it is.
 */
export function stored<O extends ApiObject>(kind: KindDefinition<O>, manifest: NewObject<O>, metadata: Partial<ObjectMeta> = {}): O {
  const object = { ...deepCopy(manifest), apiVersion: apiVersionOf(kind), kind: kind.kind } as unknown as O;
  object.metadata = { ...systemMetadata(kind, manifest.metadata), ...object.metadata, ...metadata };
  const status = statusOf(object);
  kind.prepareForCreate?.(object, { now: BUILT_AT });
  if (status) Object.assign(object, { status: { ...statusOf(object), ...status } });
  kind.defaults?.(object);
  const errors = kind.validate?.(object) ?? [];
  if (errors.length > 0)
    throw new Error(`${kind.kind} ${object.metadata.name}: ${errors.map((e) => `${e.field}: ${e.message}`).join("; ")}`);
  return object;
}

const statusOf = (o: object): object | undefined => (o as { status?: object }).status;

function systemMetadata(kind: KindDefinition, { name = "", namespace = "default" }: Partial<ObjectMeta>): ObjectMeta {
  const namespaced = kind.scope === "Namespaced";
  return {
    name,
    ...(namespaced && { namespace }),
    uid: `${kind.kind.toLowerCase()}-${namespaced ? `${namespace}-` : ""}${name}`,
    resourceVersion: "1",
    ...(kind.hasGeneration && { generation: 1 }),
    creationTimestamp: rfc3339(BUILT_AT),
  };
}
