import type { DaemonSet } from "@wherry/api";
import { formatLabels } from "@wherry/api/kinds/columns.ts";
import { labelSelectorFrom } from "@wherry/machinery";
import type { Description } from "./description.ts";
import { addEvents } from "./events.ts";
import { addLabels } from "./metadata.ts";
import { addPodTemplate } from "./pod/template.ts";
import { podCounts } from "./pod-counts.ts";
import type { Surroundings } from "./surroundings.ts";

/** A daemon set. Source: kubectl pkg/describe/describe.go, `describeDaemonSet`. */
export async function describe(d: Description, set: DaemonSet, around: Surroundings): Promise<void> {
  const { spec, status } = set;
  const selector = labelSelectorFrom(spec.selector).toString();
  d.line(0, "Name:", set.metadata.name);
  d.line(0, "Namespace:", set.metadata.namespace ?? "");
  d.line(0, "Selector:", selector);
  d.line(0, "Node-Selector:", formatLabels(spec.template.spec?.nodeSelector));
  addLabels(d, set);
  d.line(0, `Desired Number of Nodes Scheduled: ${status?.desiredNumberScheduled ?? 0}`);
  d.line(0, `Current Number of Nodes Scheduled: ${status?.currentNumberScheduled ?? 0}`);
  d.line(0, `Number of Nodes Scheduled with Up-to-date Pods: ${status?.updatedNumberScheduled ?? 0}`);
  d.line(0, `Number of Nodes Scheduled with Available Pods: ${status?.numberAvailable ?? 0}`);
  d.line(0, `Number of Nodes Misscheduled: ${status?.numberMisscheduled ?? 0}`);
  d.line(0, "Pods Status:", await podCounts(set, selector, around));
  addPodTemplate(d, spec.template);
  await addEvents(d, set, around);
}
