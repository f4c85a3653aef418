import type { Description } from "./description.ts";
import { longTime } from "./time.ts";

interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
}

/** A workload's conditions in three columns; nothing when it has none. */
export function addShortConditions(d: Description, conditions: readonly Condition[] = []): void {
  if (!conditions.length) return;
  d.line(0, "Conditions:");
  d.line(1, "Type", "Status", "Reason");
  d.line(1, "----", "------", "------");
  for (const c of conditions) d.line(1, `${c.type} `, c.status, c.reason ?? "");
}

/** Conditions with the time and message of their last change; nothing when there are none. */
export function addTimedConditions(d: Description, conditions: readonly Condition[] = []): void {
  if (!conditions.length) return;
  d.line(0, "Conditions:");
  d.line(1, "Type", "Status", "LastTransitionTime", "Reason", "Message");
  d.line(1, "----", "------", "------------------", "------", "-------");
  for (const c of conditions) d.line(1, c.type, c.status, longTime(c.lastTransitionTime), c.reason ?? "", c.message ?? "");
}
