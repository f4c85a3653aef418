import type { ApiObject, LabelSelector, OwnerReference } from "@wherry/machinery";

/** What claiming does to each candidate. */
export interface ClaimPlan<O extends ApiObject> {
  /** Already owned, and still wanted. */
  keep: O[];
  /** Wanted, and without a controller. */
  adopt: O[];
  /** Owned, but no longer selected. */
  release: O[];
}

/**
 * Which of `candidates` (those owned by `owner`, and those of its namespace that nobody controls) belong to it. Pure. An owner that is being deleted
 * neither adopts nor releases; an object that is being deleted is not adopted. Source: controller_ref_manager.go ClaimObject.
 */
export function planClaim<O extends ApiObject>(owner: ApiObject, selector: LabelSelector, candidates: Iterable<O>): ClaimPlan<O> {
  const plan: ClaimPlan<O> = { keep: [], adopt: [], release: [] };
  const dying = owner.metadata.deletionTimestamp !== undefined;
  for (const candidate of candidates) {
    const controller = candidate.metadata.ownerReferences?.find((r) => r.controller);
    const selected = selector.matches(candidate.metadata.labels);
    if (controller?.uid === owner.metadata.uid) {
      if (selected) plan.keep.push(candidate);
      else if (!dying) plan.release.push(candidate);
    } else if (!controller && selected && !dying && !candidate.metadata.deletionTimestamp) {
      plan.adopt.push(candidate);
    }
  }
  return plan;
}

/** The reference by which `owner` controls what it makes. */
export function controllerReference(owner: ApiObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** The strategic merge patch that adopts `o`, with a finalizer if one is given; its uid makes it fail on a namesake. */
export function adoptPatch(owner: ApiObject, o: ApiObject, finalizer?: string): object {
  const finalizers = finalizer === undefined ? undefined : { finalizers: [finalizer] };
  return { metadata: { ownerReferences: [controllerReference(owner)], uid: o.metadata.uid, ...finalizers } };
}

/** The strategic merge patch that gives `o` up, and takes the finalizer off; its uid makes it fail on a namesake. */
export function releasePatch(owner: ApiObject, o: ApiObject, finalizer?: string): object {
  const { uid } = o.metadata;
  const ownerReferences = [{ $patch: "delete", uid: owner.metadata.uid }];
  return { metadata: { ownerReferences, uid, ...(finalizer !== undefined && withoutFinalizer(finalizer)) } };
}

/** The part of a strategic merge patch's metadata that takes a finalizer off. */
export function withoutFinalizer(finalizer: string): object {
  return { "$deleteFromPrimitiveList/finalizers": [finalizer] };
}
