import type { ApiObject } from "@wherry/machinery";

/** The newest of these objects that is marked as the default; of one age the first by name. */
export function newestDefault<O extends ApiObject>(objects: readonly O[], isDefault: (o: O) => boolean): O | undefined {
  const newer = (a: O, b: O) =>
    b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp) || a.metadata.name.localeCompare(b.metadata.name);
  return objects.filter(isDefault).toSorted(newer)[0];
}
