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

/** Conditions that also say when they were last looked at, under `title`; nothing when there are none. The rule below it is as long for any title. */
export function addProbedConditions<T extends Condition>(
  d: Description,
  title: string,
  conditions: readonly T[] = [],
  probed: (condition: T) => string | undefined,
): void {
  if (!conditions.length) return;
  d.line(0, "Conditions:");
  d.line(1, "Type", "Status", title, "LastTransitionTime", "Reason", "Message");
  d.line(1, "----", "------", "-----------------", "------------------", "------", "-------");
  for (const c of conditions)
    d.line(
      1,
      `${c.type} `,
      `${c.status} `,
      `${longTime(probed(c))} `,
      `${longTime(c.lastTransitionTime)} `,
      `${c.reason ?? ""} `,
      c.message ?? "",
    );
}
