import type { ApiObject } from "@wherry/machinery";

/** Who owns which fields of an object. Source: apimachinery `metav1.ManagedFieldsEntry`. */
interface ManagedFields {
  manager?: string;
  operation?: string;
  subresource?: string;
  apiVersion?: string;
  fieldsV1?: FieldSet;
}

interface FieldSet {
  [key: string]: FieldSet;
}

const CLIENT_SIDE = "kubectl-client-side-apply";

/**
 * A JSON patch that gives what client-side apply owns to `manager`; undefined when it owns nothing. It holds for the object's present revision only.
 * Source: client-go util/csaupgrade.
 */
export function migratedManagers({ metadata }: ApiObject, manager: string): object[] | undefined {
  const entries = ((metadata as { managedFields?: ManagedFields[] }).managedFields ?? []) as readonly ManagedFields[];
  const isOld = (entry: ManagedFields) => entry.manager === CLIENT_SIDE && entry.operation === "Update" && !entry.subresource;
  const old = entries.filter(isOld);
  const own = entries.find((entry) => entry.manager === manager && entry.operation === "Apply" && !entry.subresource);
  if (!old.length || !own) return undefined;
  const fieldsV1 = old.reduce((fields, entry) => union(fields, entry.fieldsV1 ?? {}), own.fieldsV1 ?? {});
  const value = entries.filter((entry) => !isOld(entry)).map((entry) => (entry === own ? { ...own, fieldsV1 } : entry));
  return [
    { op: "replace", path: "/metadata/managedFields", value },
    { op: "replace", path: "/metadata/resourceVersion", value: metadata.resourceVersion },
  ];
}

function union(a: FieldSet, b: FieldSet): FieldSet {
  const all = { ...a };
  for (const [key, fields] of Object.entries(b)) all[key] = union(all[key] ?? {}, fields);
  return all;
}
