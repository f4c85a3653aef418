import { rfc3339 } from "@wherry/base";
import { deepEqual } from "@wherry/machinery";

/** What the conditions of all kinds have in common. */
export interface AnyCondition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
}

/** The condition of this type, if any. */
export function getCondition<C extends AnyCondition>(conditions: readonly C[] | undefined, type: string): C | undefined {
  return conditions?.find((c) => c.type === type);
}

/** Whether the condition of this type is `True`. */
export function isConditionTrue(conditions: readonly AnyCondition[] | undefined, type: string): boolean {
  return getCondition(conditions, type)?.status === "True";
}

/**
 * The conditions with `next` in place of the one of its type (added at the end when there was none). The transition time moves to `now`
 * only when the status changes. Gives the very same list when nothing changes, so that callers can skip the write. Changes nothing.
 * @param now milliseconds since the epoch
 */
export function setCondition<C extends AnyCondition>(conditions: readonly C[] | undefined, next: C, now: number): readonly C[] {
  const prev = getCondition(conditions, next.type);
  const kept = prev?.status === next.status ? prev.lastTransitionTime : undefined;
  const placed = { ...next, lastTransitionTime: next.lastTransitionTime ?? kept ?? rfc3339(now) };
  if (!conditions || !prev) return [...(conditions ?? []), placed];
  return deepEqual(prev, placed) ? conditions : conditions.map((c) => (c === prev ? placed : c));
}

/** The conditions without those of this type. Changes nothing. */
export function withoutCondition<C extends AnyCondition>(conditions: readonly C[] | undefined, type: string): C[] {
  return (conditions ?? []).filter((c) => c.type !== type);
}
