import type { PersistentVolumeClaim, StatefulSet } from "@wherry/api";
import { labelSelectorFrom } from "@wherry/machinery";
import type { Description } from "./description.ts";
import { addEvents } from "./events.ts";
import { addLabels, addName } from "./metadata.ts";
import { storageClassOf } from "./persistentvolumeclaim.ts";
import { quantityText } from "./pod/containers.ts";
import { addPodTemplate } from "./pod/template.ts";
import { podCounts } from "./pod-counts.ts";
import type { Surroundings } from "./surroundings.ts";
import { longTime } from "./time.ts";

/** A stateful set. Source: kubectl pkg/describe/describe.go, `describeStatefulSet`. */
export async function describe(d: Description, set: StatefulSet, around: Surroundings): Promise<void> {
  const { metadata, spec, status } = set;
  const selector = labelSelectorFrom(spec.selector).toString();
  addName(d, set);
  d.line(0, "CreationTimestamp:", longTime(metadata.creationTimestamp));
  d.line(0, "Selector:", selector);
  addLabels(d, set);
  d.line(0, "Replicas:", `${spec.replicas ?? 1} desired | ${status?.replicas ?? 0} total`);
  d.line(0, "Update Strategy:", spec.updateStrategy?.type ?? "");
  const { partition, maxUnavailable } = spec.updateStrategy?.rollingUpdate ?? {};
  if (partition !== undefined) d.line(1, "Partition:", String(partition));
  if (partition !== undefined && maxUnavailable !== undefined) d.line(1, "MaxUnavailable:", String(maxUnavailable));
  d.line(0, "Pods Status:", await podCounts(set, selector, around));
  addPodTemplate(d, spec.template);
  addClaimTemplates(d, spec.volumeClaimTemplates);
  await addEvents(d, set, around);
}

function addClaimTemplates(d: Description, templates: readonly PersistentVolumeClaim[] = []): void {
  if (!templates.length) {
    d.line(0, "Volume Claims:", "<none>");
    return;
  }
  d.line(0, "Volume Claims:");
  for (const claim of templates) {
    const storage = claim.spec?.resources?.requests?.storage;
    d.line(1, "Name:", claim.metadata.name);
    d.line(1, "StorageClass:", storageClassOf(claim));
    d.labels("Labels", claim.metadata.labels, "  ");
    d.labels("Annotations", claim.metadata.annotations, "  ");
    d.line(1, "Capacity:", storage === undefined ? "<default>" : quantityText(storage));
    d.line(1, "Access Modes:", `[${(claim.spec?.accessModes ?? []).join(" ")}]`);
  }
}
