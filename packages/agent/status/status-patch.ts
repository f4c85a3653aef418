import type { PodCondition, PodStatus } from "@wherry/api";
import { deepEqual } from "@wherry/machinery";

/** What the node says about a pod, and nobody else. */
const OWNED = [
  "phase",
  "message",
  "reason",
  "hostIP",
  "podIP",
  "startTime",
  "initContainerStatuses",
  "containerStatuses",
  "qosClass",
] as const satisfies readonly (keyof PodStatus)[];

/** The strategic merge patch from one status to another, without others' conditions; undefined when nothing changes. */
export function statusPatch(before: PodStatus | undefined, after: PodStatus): object | undefined {
  const patch: Record<string, unknown> = {};
  for (const key of OWNED) if (!deepEqual(before?.[key], after[key])) patch[key] = after[key] ?? null;
  for (const key of ["hostIPs", "podIPs"] as const) {
    const change = addressPatch(before?.[key], after[key]);
    if (change.length) patch[key] = change;
  }
  const conditions = conditionPatch(before?.conditions, after.conditions);
  if (conditions.length) patch.conditions = conditions;
  return Object.keys(patch).length ? patch : undefined;
}

/** Lists of addresses merge by address, so one that went has to be named. */
function addressPatch(before: readonly { ip?: string }[] = [], after: readonly { ip?: string }[] = []): object[] {
  const gone = before.filter(({ ip }) => !after.some((a) => a.ip === ip)).map(({ ip }) => ({ $patch: "delete", ip }));
  const come = after.filter(({ ip }) => !before.some((b) => b.ip === ip));
  return [...gone, ...come];
}

function conditionPatch(before: readonly PodCondition[] = [], after: readonly PodCondition[] = []): object[] {
  return after.flatMap((condition) => {
    const old = before.find((c) => c.type === condition.type);
    if (old && isSame(old, condition)) return [];
    return [
      {
        ...condition,
        ...(old?.reason && !condition.reason && { reason: null }),
        ...(old?.message && !condition.message && { message: null }),
      },
    ];
  });
}

const isSame = (a: PodCondition, b: PodCondition): boolean =>
  a.status === b.status && a.reason === b.reason && a.message === b.message && a.lastTransitionTime === b.lastTransitionTime;
