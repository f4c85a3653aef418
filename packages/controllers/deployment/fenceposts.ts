import type { Deployment } from "@wherry/api";
import { resolveIntOrPercent } from "@wherry/machinery";

/** How many pods a rollout may have, and must keep. All counts of pods. */
export interface Bounds {
  desired: number;
  /** Pods above `desired` that a rollout may have: percentages round up. */
  maxSurge: number;
  /** Pods below `desired` that a rollout may miss: percentages round down; 1 when both limits come to 0. */
  maxUnavailable: number;
}

/** The limits of a Deployment; both are 0 for Recreate. Source: deploymentutil.ResolveFenceposts, MaxSurge, MaxUnavailable. */
export function boundsOf(d: Deployment): Bounds {
  const desired = d.spec.replicas ?? 1;
  if (d.spec.strategy?.type === "Recreate") return { desired, maxSurge: 0, maxUnavailable: 0 };
  const limits = d.spec.strategy?.rollingUpdate;
  const maxSurge = resolveIntOrPercent(limits?.maxSurge ?? "25%", desired, true);
  const rounded = resolveIntOrPercent(limits?.maxUnavailable ?? "25%", desired, false);
  const maxUnavailable = maxSurge === 0 && rounded === 0 ? 1 : rounded;
  return { desired, maxSurge, maxUnavailable: Math.min(maxUnavailable, desired) };
}
