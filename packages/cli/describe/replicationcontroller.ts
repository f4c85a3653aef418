import type { ReplicationController } from "@wherry/api";
import { formatLabels } from "@wherry/api/kinds/columns.ts";
import { labelSelectorOf } from "@wherry/machinery";
import { addShortConditions } from "./conditions.ts";
import type { Description } from "./description.ts";
import { addEvents } from "./events.ts";
import { addLabels, addName } from "./metadata.ts";
import { addPodTemplate } from "./pod/template.ts";
import { podCounts } from "./pod-counts.ts";
import type { Surroundings } from "./surroundings.ts";

/** A replication controller. Source: kubectl pkg/describe/describe.go, `describeReplicationController`. */
export async function describe(d: Description, controller: ReplicationController, around: Surroundings): Promise<void> {
  const { spec, status } = controller;
  addName(d, controller);
  d.line(0, "Selector:", formatLabels(spec?.selector));
  addLabels(d, controller);
  d.line(0, "Replicas:", `${status?.replicas ?? 0} current / ${spec?.replicas ?? 1} desired`);
  d.line(0, "Pods Status:", await podCounts(controller, labelSelectorOf(spec?.selector ?? {}).toString(), around));
  addPodTemplate(d, spec?.template);
  addShortConditions(d, status?.conditions);
  await addEvents(d, controller, around);
}
