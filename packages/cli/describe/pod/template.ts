import type { PodTemplateSpec } from "@wherry/api";
import type { Description } from "../description.ts";
import { addContainers } from "./containers.ts";
import { addSpread, addTolerations } from "./scheduling.ts";
import { addVolumes } from "./volumes.ts";

/** What a controller's pods are made from. */
export function addPodTemplate(d: Description, template: PodTemplateSpec | undefined): void {
  d.line(0, "Pod Template:");
  if (!template?.spec) {
    d.write(1, "<unset>");
    return;
  }
  const { metadata, spec } = template;
  d.labels("  Labels", metadata?.labels);
  if (Object.keys(metadata?.annotations ?? {}).length) d.annotations("  Annotations", metadata?.annotations);
  if (spec.serviceAccountName) d.line(1, "Service Account:", spec.serviceAccountName);
  if (spec.initContainers?.length) addContainers(d, "Init Containers", spec.initContainers, [], undefined, "  ");
  addContainers(d, "Containers", spec.containers, [], undefined, "  ");
  addVolumes(d, spec.volumes, "  ");
  addSpread(d, spec.topologySpreadConstraints, "  ");
  if (spec.priorityClassName) d.line(1, "Priority Class Name:", spec.priorityClassName);
  d.labels("  Node-Selectors", spec.nodeSelector);
  addTolerations(d, "  Tolerations", spec.tolerations);
}
