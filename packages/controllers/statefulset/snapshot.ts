import { isPodReady, type Pod, type StatefulSet } from "@wherry/api";
import { availableAt } from "../pods/state.ts";
import { REVISION_LABEL } from "../revisions/revision.ts";
import { ordinalOf } from "./identity.ts";

/** What one reconcile works with: taken from listers, never changed. */
export interface StatefulSnapshot {
  set: StatefulSet;
  /** All that it owns: terminating and ended ones too. */
  pods: readonly Pod[];
  /** Names of the revision that the pods were of before the rollout, and of the one of the present template; the same when there is no rollout. */
  current: string;
  update: string;
  now: number;
}

/** The pod of one ordinal, if there is one. */
export interface Replica {
  ordinal: number;
  pod: Pod | undefined;
}

/** The pods by what is to become of them. */
export interface Roster {
  /** One for each wanted ordinal, the lowest first. */
  replicas: Replica[];
  /** Those beyond, the highest ordinal first. */
  condemned: { ordinal: number; pod: Pod }[];
}

/** Source: stateful_set_control.go updateStatefulSet, first half. */
export function rosterOf({ set, pods }: Pick<StatefulSnapshot, "set" | "pods">): Roster {
  const start = set.spec.ordinals?.start ?? 0;
  const end = start + (set.spec.replicas ?? 1);
  const numbered = pods.flatMap((pod) => {
    const ordinal = ordinalOf(set, pod);
    return ordinal === undefined ? [] : [{ ordinal, pod }];
  });
  const byOrdinal = new Map(numbered.map(({ ordinal, pod }) => [ordinal, pod]));
  return {
    replicas: Array.from({ length: end - start }, (_, i) => ({ ordinal: start + i, pod: byOrdinal.get(start + i) })),
    condemned: numbered.filter(({ ordinal }) => ordinal < start || ordinal >= end).sort((a, b) => b.ordinal - a.ordinal),
  };
}

/** Whether the pod runs, is ready for long enough, and stays. */
export function isWell({ set, now }: Pick<StatefulSnapshot, "set" | "now">, pod: Pod): boolean {
  if (pod.metadata.deletionTimestamp || pod.status?.phase !== "Running" || !isPodReady(pod)) return false;
  const at = availableAt(pod, set.spec.minReadySeconds ?? 0);
  return at !== undefined && at <= now;
}

/** The name of the revision that the pod was made of. */
export const revisionOf = (pod: Pod): string | undefined => pod.metadata.labels?.[REVISION_LABEL];
