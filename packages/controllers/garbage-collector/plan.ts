import type { ApiObject, OwnerReference } from "@wherry/machinery";
import { blocks, FOREGROUND, hasFinalizer, isBeingDeleted, isDeletingDependents, ORPHAN, ownersOf } from "./item.ts";

/** What becomes of an owner: there, gone for certain, or waiting for its dependents to go. */
export type OwnerState = "solid" | "absent" | "waiting";

/** What a plan looks at besides the item. */
export interface GraphView {
  stateOf(reference: OwnerReference): OwnerState;
  /** Everything that names `o` as an owner. */
  dependentsOf(o: ApiObject): readonly ApiObject[];
}

/** One step for one item. */
export type CollectPlan =
  | { do: "nothing" }
  | { do: "delete"; policy: "Background" | "Foreground" | "Orphan" }
  /** Take these owners off: others hold the item. */
  | { do: "dropOwners"; uids: readonly string[] }
  /** Items wait for each other in a circle: this one blocks nobody from now on. */
  | { do: "breakCircle" }
  /** Look at these dependents: the item waits for them. */
  | { do: "wake"; items: readonly ApiObject[] }
  /** Let these go, then take the finalizer off. */
  | { do: "orphan"; items: readonly ApiObject[] }
  | { do: "removeFinalizer"; finalizer: string };

const NOTHING: CollectPlan = { do: "nothing" };

/** Source: pkg/controller/garbagecollector attemptToDeleteItem, processDeletingDependentsItem, attemptToOrphan. */
export function planCollect(item: ApiObject, view: GraphView): CollectPlan {
  if (isBeingDeleted(item)) return planDeleting(item, view);
  const owners = ownersOf(item);
  if (owners.length === 0) return NOTHING;
  const states = owners.map((r) => view.stateOf(r));
  if (states.includes("solid")) {
    const uids = owners.filter((_, i) => states[i] !== "solid").map((r) => r.uid);
    return uids.length > 0 ? { do: "dropOwners", uids } : NOTHING;
  }
  if (states.includes("waiting") && view.dependentsOf(item).length > 0) return { do: "delete", policy: "Foreground" };
  return { do: "delete", policy: policyOf(item) };
}

function planDeleting(item: ApiObject, view: GraphView): CollectPlan {
  const dependents = view.dependentsOf(item);
  if (hasFinalizer(item, ORPHAN)) {
    return dependents.length > 0 ? { do: "orphan", items: dependents } : { do: "removeFinalizer", finalizer: ORPHAN };
  }
  if (!isDeletingDependents(item)) return NOTHING;
  const blocking = dependents.filter((d) => blocks(d, item));
  if (blocking.length === 0) return { do: "removeFinalizer", finalizer: FOREGROUND };
  if (isInCircle(item, view)) return { do: "breakCircle" };
  return { do: "wake", items: blocking.filter((d) => !isDeletingDependents(d)) };
}

/** Whether the item waits for itself, through others that wait for their dependents. */
function isInCircle(item: ApiObject, view: GraphView): boolean {
  const waiting = (o: ApiObject) => view.dependentsOf(o).filter((d) => blocks(d, o) && isDeletingDependents(d));
  const seen = new Set<string>();
  const rest = waiting(item);
  for (let next = rest.pop(); next; next = rest.pop()) {
    if (next.metadata.uid === item.metadata.uid) return true;
    if (seen.has(next.metadata.uid)) continue;
    seen.add(next.metadata.uid);
    rest.push(...waiting(next));
  }
  return false;
}

/** An item that already has a finalizer of ours keeps to it. */
function policyOf(item: ApiObject): "Background" | "Foreground" | "Orphan" {
  if (hasFinalizer(item, ORPHAN)) return "Orphan";
  return hasFinalizer(item, FOREGROUND) ? "Foreground" : "Background";
}
