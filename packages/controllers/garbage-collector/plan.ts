import type { ApiObject, OwnerReference } from "@wherry/machinery";
import { blocks, FOREGROUND, hasFinalizer, isBeingDeleted, isDeletingDependents, ORPHAN, ownersOf } from "./item.ts";

/** What becomes of an owner: there, gone for certain, or waiting for its dependents to go. */
export type OwnerState = "solid" | "absent" | "waiting";

/** What a plan looks at besides the item. */
export interface GraphView {
  stateOf(reference: OwnerReference): OwnerState;
  /** Everything that names the item as an owner. */
  dependents: readonly ApiObject[];
}

/** One step for one item. */
export type CollectPlan =
  | { do: "nothing" }
  | { do: "delete"; policy: "Background" | "Foreground" | "Orphan" }
  /** Take these owners off: others hold the item. */
  | { do: "dropOwners"; uids: readonly string[] }
  /** Two owners wait for each other: the item blocks nobody from now on, and goes with its dependents. */
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
  if (states.includes("waiting") && view.dependents.length > 0) {
    const circular = view.dependents.some(isDeletingDependents) && owners.some((r) => r.blockOwnerDeletion);
    return circular ? { do: "breakCircle" } : { do: "delete", policy: "Foreground" };
  }
  return { do: "delete", policy: policyOf(item) };
}

function planDeleting(item: ApiObject, { dependents }: GraphView): CollectPlan {
  if (hasFinalizer(item, ORPHAN)) {
    return dependents.length > 0 ? { do: "orphan", items: dependents } : { do: "removeFinalizer", finalizer: ORPHAN };
  }
  if (!isDeletingDependents(item)) return NOTHING;
  const blocking = dependents.filter((d) => blocks(d, item));
  if (blocking.length === 0) return { do: "removeFinalizer", finalizer: FOREGROUND };
  return { do: "wake", items: blocking.filter((d) => !isDeletingDependents(d)) };
}

/** An item that already has a finalizer of ours keeps to it. */
function policyOf(item: ApiObject): "Background" | "Foreground" | "Orphan" {
  if (hasFinalizer(item, ORPHAN)) return "Orphan";
  return hasFinalizer(item, FOREGROUND) ? "Foreground" : "Background";
}
