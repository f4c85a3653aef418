import type { ApiObject, OwnerReference } from "@wherry/machinery";

/** Set by the server on a foreground deletion: the owner waits for its dependents. */
export const FOREGROUND = "foregroundDeletion";
/** Set by the server on an orphaning deletion: the owner waits for its dependents to be let go. */
export const ORPHAN = "orphan";

export const isBeingDeleted = ({ metadata }: ApiObject): boolean => metadata.deletionTimestamp !== undefined;

/** Whether it is being deleted, and first waits for its dependents to go. */
export const isDeletingDependents = (o: ApiObject): boolean => isBeingDeleted(o) && hasFinalizer(o, FOREGROUND);

export const hasFinalizer = ({ metadata }: ApiObject, finalizer: string): boolean => metadata.finalizers?.includes(finalizer) ?? false;

export const ownersOf = ({ metadata }: ApiObject): readonly OwnerReference[] => metadata.ownerReferences ?? [];

/** Whether `owner` may not go, in the foreground, before `dependent` did. Nothing waits for itself. */
export function blocks(dependent: ApiObject, owner: ApiObject): boolean {
  if (dependent.metadata.uid === owner.metadata.uid) return false;
  return ownersOf(dependent).some((r) => r.uid === owner.metadata.uid && r.blockOwnerDeletion);
}
