import type { ReplicaSet } from "@wherry/api";

/** A ReplicaSet as a plan changes it: `source` is what is stored, the other fields what shall be. */
export interface Draft {
  readonly name: string;
  /** Absent while it is yet to be created. */
  readonly source?: ReplicaSet;
  replicas: number;
  minReadySeconds: number;
  annotations: Readonly<Record<string, string>>;
}

/** A draft that changes nothing yet. */
export function draftOf(rs: ReplicaSet): Draft {
  const { metadata, spec } = rs;
  return {
    name: metadata.name,
    source: rs,
    replicas: spec.replicas ?? 1,
    minReadySeconds: spec.minReadySeconds ?? 0,
    annotations: metadata.annotations ?? {},
  };
}

/** Whether it has, or shall have, pods. */
export const isActiveDraft = (d: Draft) => d.replicas > 0;

/** The sum of the wanted replicas. */
export const totalReplicas = (drafts: readonly Draft[]) => drafts.reduce((sum, d) => sum + d.replicas, 0);

/** Whether its status speaks of its present size: before that, pods that it counts may be about to go. One that never had a status has no pods. */
export function isObserved({ source }: Draft): boolean {
  const observed = source?.status?.observedGeneration;
  return observed === undefined || observed >= (source?.metadata.generation ?? 0);
}

/** Pods that certainly stay available: a status may still count pods that an earlier write takes away. */
export function safelyAvailable(d: Draft): number {
  const stored = d.source?.spec.replicas ?? 0;
  return Math.min(d.replicas, stored, d.source?.status?.availableReplicas ?? 0);
}

/** Oldest first; ties by name. */
export function byAge(a: Draft, b: Draft): number {
  return compare(createdAt(a), createdAt(b)) || compare(a.name, b.name);
}

/** A draft that is yet to be created is the youngest. */
const createdAt = (d: Draft) => (d.source ? (d.source.metadata.creationTimestamp ?? "") : "9999");
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
