import type { Deployment } from "@wherry/api";
import { byAge, type Draft, isActiveDraft, totalReplicas } from "./draft.ts";
import { boundsOf } from "./fenceposts.ts";
import { maxReplicasOf } from "./revision.ts";

/**
 * Spreads a changed `spec.replicas` over drafts in the middle of a rollout: a lone active ReplicaSet takes it all; with a saturated new one the old go
 * to 0; otherwise (rolling update) each active one grows or shrinks in proportion to its size. Source: deployment/sync.go scale.
 */
export function scaleProportionally(d: Deployment, newest: Draft | undefined, old: readonly Draft[]): void {
  const desired = boundsOf(d).desired;
  const lone = activeOrLatest(newest, old);
  if (lone) lone.replicas = desired;
  else if (newest && isSaturated(newest, desired)) for (const o of old) o.replicas = 0;
  else if (d.spec.strategy?.type !== "Recreate") spread(d, [...(newest ? [newest] : []), ...old].filter(isActiveDraft));
}

function activeOrLatest(newest: Draft | undefined, old: readonly Draft[]): Draft | undefined {
  const youngestFirst = [...old].sort((a, b) => byAge(b, a));
  const active = [...youngestFirst, ...(newest ? [newest] : [])].filter(isActiveDraft);
  if (active.length > 1) return undefined;
  return active[0] ?? newest ?? youngestFirst[0];
}

/** Source: deploymentutil.IsSaturated. */
function isSaturated({ source, replicas, annotations }: Draft, desired: number): boolean {
  return (
    replicas === desired &&
    Number(annotations["deployment.kubernetes.io/desired-replicas"]) === desired &&
    source?.status?.availableReplicas === desired
  );
}

function spread(d: Deployment, active: Draft[]): void {
  const { desired, maxSurge } = boundsOf(d);
  const allowed = desired > 0 ? desired + maxSurge : 0;
  const toAdd = allowed - totalReplicas(active);
  if (toAdd === 0) return;
  // The first takes what rounding leaves: of the largest ones the youngest when growing, the oldest when shrinking.
  const order = active.sort((a, b) => b.replicas - a.replicas || (toAdd > 0 ? byAge(b, a) : byAge(a, b)));
  const sizes = new Map<Draft, number>();
  let added = 0;
  for (const rs of order) {
    const share = proportion(rs, d, toAdd, added);
    sizes.set(rs, rs.replicas + share);
    added += share;
  }
  for (const rs of order) rs.replicas = sizes.get(rs) ?? rs.replicas;
  const [first] = order;
  if (first) first.replicas = Math.max(0, first.replicas + toAdd - added);
}

function proportion(rs: Draft, d: Deployment, toAdd: number, added: number): number {
  if (rs.replicas === 0 || toAdd === added) return 0;
  const share = fraction(rs, d);
  return toAdd > 0 ? Math.min(share, toAdd - added) : Math.max(share, toAdd - added);
}

/** How far this ReplicaSet would move if the Deployment had had its new size all along. */
function fraction(rs: Draft, d: Deployment): number {
  const { desired, maxSurge } = boundsOf(d);
  if (desired === 0) return -rs.replicas;
  const before = maxReplicasOf(rs.annotations) ?? d.status?.replicas ?? 0;
  return before === 0 ? 0 : Math.round((rs.replicas * (desired + maxSurge)) / before) - rs.replicas;
}
