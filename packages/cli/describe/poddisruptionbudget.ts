import type { PodDisruptionBudget } from "@wherry/api";
import { formatSelector } from "@wherry/api/kinds/apps/selector.ts";
import type { Description } from "./description.ts";
import { addEvents } from "./events.ts";
import { addName } from "./metadata.ts";
import type { Surroundings } from "./surroundings.ts";

/** A disruption budget. Source: kubectl pkg/describe/describe.go, `describePodDisruptionBudgetV1`. */
export async function describe(d: Description, budget: PodDisruptionBudget, around: Surroundings): Promise<void> {
  const { minAvailable, maxUnavailable, selector } = budget.spec ?? {};
  addName(d, budget);
  if (minAvailable !== undefined) d.line(0, "Min available:", String(minAvailable));
  else if (maxUnavailable !== undefined) d.line(0, "Max unavailable:", String(maxUnavailable));
  d.line(0, "Selector:", selector ? formatSelector(selector) : "<unset>");
  d.line(0, "Status:");
  d.line(2, "Allowed disruptions:", String(budget.status?.disruptionsAllowed ?? 0));
  d.line(2, "Current:", String(budget.status?.currentHealthy ?? 0));
  d.line(2, "Desired:", String(budget.status?.desiredHealthy ?? 0));
  d.line(2, "Total:", String(budget.status?.expectedPods ?? 0));
  await addEvents(d, budget, around);
}
