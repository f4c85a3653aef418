import type { PriorityClass } from "@wherry/api";
import { formatLabels } from "@wherry/api/kinds/columns.ts";
import type { Description } from "./description.ts";
import { addEvents } from "./events.ts";
import type { Surroundings } from "./surroundings.ts";

/** A priority class. Source: kubectl pkg/describe/describe.go, `describePriorityClass`. */
export async function describe(d: Description, priorityClass: PriorityClass, around: Surroundings): Promise<void> {
  d.line(0, "Name:", priorityClass.metadata.name);
  d.line(0, "Value:", String(priorityClass.value));
  d.line(0, "GlobalDefault:", String(priorityClass.globalDefault ?? false));
  d.line(0, "PreemptionPolicy:", priorityClass.preemptionPolicy ?? "");
  d.line(0, "Description:", priorityClass.description ?? "");
  d.line(0, "Annotations:", formatLabels(priorityClass.metadata.annotations));
  await addEvents(d, priorityClass, around);
}
