/** Owner of an object. Source: apimachinery `metav1.OwnerReference`. */
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** Who set which fields. Source: apimachinery `metav1.ManagedFieldsEntry`. */
export interface ManagedFieldsEntry {
  manager?: string;
  operation?: "Apply" | "Update";
  apiVersion?: string;
  time?: string;
  fieldsType?: "FieldsV1";
  fieldsV1?: object;
  subresource?: string;
}

/** What every stored object has. Source: apimachinery `metav1.ObjectMeta`. Times are RFC 3339 strings. */
export interface ObjectMeta {
  name: string;
  generateName?: string;
  /** Absent on cluster-scoped objects. */
  namespace?: string;
  uid: string;
  /** Opaque to clients; the store's revision, in decimal. */
  resourceVersion: string;
  /** Counts changes of the desired state only. */
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managedFields?: ManagedFieldsEntry[];
  selfLink?: string;
}

/** Any object of the API. What comes from a lister or an informer is shared: never change it, copy it. */
export interface ApiObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

/** A list as the API answers it. */
export interface ApiList<O extends ApiObject> {
  apiVersion: string;
  kind: string;
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
  items: O[];
}

/** An object as a client hands it in: the server fills in the rest of its metadata. */
export type NewObject<O extends ApiObject> = Omit<O, "apiVersion" | "kind" | "metadata"> & {
  apiVersion?: string;
  kind?: string;
  metadata: Partial<ObjectMeta>;
};

/** One event of a watch. */
export type WatchEvent<O extends ApiObject> = { type: "ADDED" | "MODIFIED" | "DELETED"; object: O } | { type: "BOOKMARK"; object: O };

/** `namespace/name`, or `name` for cluster-scoped objects. */
export function keyOf(o: { metadata: { name?: string; namespace?: string } }): string {
  return o.metadata.namespace ? `${o.metadata.namespace}/${o.metadata.name}` : `${o.metadata.name}`;
}

/** The reverse of `keyOf`. */
export function splitKey(key: string): { namespace?: string; name: string } {
  const slash = key.indexOf("/");
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** The owner that controls `o`, if any. */
export function controllerOf(o: ApiObject): OwnerReference | undefined {
  return o.metadata.ownerReferences?.find((r) => r.controller);
}
