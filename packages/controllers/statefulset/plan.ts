import type { Pod } from "@wherry/api";
import { isWell, type Roster, rosterOf, type StatefulSnapshot } from "./snapshot.ts";
import { nextToUpdate } from "./update.ts";

/** One change. */
export type StatefulAction =
  /** A pod for an ordinal that has none. */
  | { do: "create"; ordinal: number; revision: string }
  /** `ended`: it is made anew; `condemned`: there is no ordinal for it any more; `outdated`: it is made anew of the new revision. */
  | { do: "delete"; pod: Pod; ordinal: number; why: "ended" | "condemned" | "outdated" };

/**
 * What brings the set a step nearer to its spec. A pod is only made for an ordinal that has none, not even one on its way out: no two pods ever
 * have one identity. With OrderedReady one step is taken at a time, and only while all before it are well. Pure.
 * Source: stateful_set_control.go updateStatefulSet.
 */
export function planStatefulSet(snapshot: StatefulSnapshot): StatefulAction[] {
  const { set } = snapshot;
  if (set.metadata.deletionTimestamp) return [];
  const ordered = set.spec.podManagementPolicy !== "Parallel";
  const roster = rosterOf(snapshot);
  const actions: StatefulAction[] = [];
  for (const step of [() => grow(snapshot, roster, ordered, actions), () => shrink(snapshot, roster, ordered, actions)])
    if (step() === "wait") return actions;
  if (actions.length === 0 && set.spec.updateStrategy?.type !== "OnDelete") actions.push(...nextToUpdate(snapshot, roster));
  return actions;
}

/** Every ordinal gets its pod. */
function grow(snapshot: StatefulSnapshot, { replicas }: Roster, ordered: boolean, actions: StatefulAction[]): "wait" | undefined {
  for (const { ordinal, pod } of replicas) {
    const action = growOne(snapshot, ordinal, pod);
    if (action) actions.push(action);
    if (ordered && (action || !isWell(snapshot, pod!))) return "wait";
  }
  return undefined;
}

function growOne(snapshot: StatefulSnapshot, ordinal: number, pod: Pod | undefined): StatefulAction | undefined {
  if (!pod) return { do: "create", ordinal, revision: revisionFor(snapshot, ordinal) };
  const over = pod.status?.phase === "Failed" || pod.status?.phase === "Succeeded";
  return over && !pod.metadata.deletionTimestamp ? { do: "delete", pod, ordinal, why: "ended" } : undefined;
}

/** Pods without an ordinal go, the highest first; one that is ill does not hold up its own end. */
function shrink(snapshot: StatefulSnapshot, roster: Roster, ordered: boolean, actions: StatefulAction[]): "wait" | undefined {
  const firstIll = [...roster.replicas, ...roster.condemned.toReversed()].find(({ pod }) => pod && !isWell(snapshot, pod))?.pod;
  for (const { ordinal, pod } of roster.condemned) {
    const held = ordered && !isWell(snapshot, pod) && pod !== firstIll;
    if (pod.metadata.deletionTimestamp || held) {
      if (ordered) return "wait";
      continue;
    }
    actions.push({ do: "delete", pod, ordinal, why: "condemned" });
    if (ordered) return "wait";
  }
  return undefined;
}

/** Below the partition pods stay of the old revision. Source: stateful_set_utils.go newVersionedStatefulSetPod. */
function revisionFor({ set, current, update }: StatefulSnapshot, ordinal: number): string {
  const { type, rollingUpdate } = set.spec.updateStrategy ?? {};
  const start = set.spec.ordinals?.start ?? 0;
  return type !== "OnDelete" && ordinal < start + (rollingUpdate?.partition ?? 0) ? current : update;
}
