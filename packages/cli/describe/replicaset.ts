import type { ReplicaSet } from "@wherry/api";
import { formatSelector } from "@wherry/api/kinds/apps/selector.ts";
import { labelSelectorFrom } from "@wherry/machinery";
import { addShortConditions } from "./conditions.ts";
import type { Description } from "./description.ts";
import { addEvents } from "./events.ts";
import { addController, addLabels, addName } from "./metadata.ts";
import { addPodTemplate } from "./pod/template.ts";
import { podCounts } from "./pod-counts.ts";
import type { Surroundings } from "./surroundings.ts";

/** A replica set. Source: kubectl pkg/describe/describe.go, `describeReplicaSet`. */
export async function describe(d: Description, set: ReplicaSet, around: Surroundings): Promise<void> {
  addName(d, set);
  d.line(0, "Selector:", formatSelector(set.spec.selector));
  addLabels(d, set);
  addController(d, set);
  d.line(0, "Replicas:", `${set.status?.replicas ?? 0} current / ${set.spec.replicas ?? 1} desired`);
  const selector = labelSelectorFrom(set.spec.selector).toString();
  const counts = await podCounts(set, selector, around).catch((error: Error) => `error in fetching pods: ${error.message}`);
  d.line(0, "Pods Status:", counts);
  addPodTemplate(d, set.spec.template);
  addShortConditions(d, set.status?.conditions);
  await addEvents(d, set, around);
}
