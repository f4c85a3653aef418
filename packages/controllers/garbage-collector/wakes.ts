import { type ApiObject, deepEqual } from "@wherry/machinery";
import { hasFinalizer, isBeingDeleted, isDeletingDependents, ORPHAN, ownersOf } from "./item.ts";

/** How the graph is walked from an object. */
export interface Neighbours {
  /** Everything that names `object` as an owner. */
  dependentsOf(object: ApiObject): readonly ApiObject[];
  /** Those of its owners that are known. */
  ownersOf(object: ApiObject): readonly ApiObject[];
}

/** The objects to look at after `object` appeared, changed or went. */
export function touched(
  object: ApiObject,
  { previous, gone }: { previous?: ApiObject; gone: boolean },
  graph: Neighbours,
): readonly ApiObject[] {
  if (gone) return [...graph.dependentsOf(object), ...waitingOwners(object, graph)];
  if (previous && !hasNews(object, previous)) return [];
  const starts = isDeletingDependents(object) && !(previous && isDeletingDependents(previous));
  return [
    ...(needsLook(object) ? [object] : []),
    ...(starts ? graph.dependentsOf(object) : []),
    ...(previous ? waitingOwners(previous, graph) : []),
  ];
}

function hasNews({ metadata: now }: ApiObject, { metadata: before }: ApiObject): boolean {
  const facts = (m: typeof now) => [m.ownerReferences, m.finalizers, m.deletionTimestamp];
  return !deepEqual(facts(now), facts(before));
}

function needsLook(o: ApiObject): boolean {
  return isBeingDeleted(o) ? isDeletingDependents(o) || hasFinalizer(o, ORPHAN) : ownersOf(o).length > 0;
}

function waitingOwners(o: ApiObject, graph: Neighbours): readonly ApiObject[] {
  return ownersOf(o).length > 0 ? graph.ownersOf(o).filter(needsLook).filter(isBeingDeleted) : [];
}
