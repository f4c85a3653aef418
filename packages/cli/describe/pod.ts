import type { Container, Pod } from "@wherry/api";
import { podQOSClass } from "@wherry/api/kinds/core/pod/qos.ts";
import { controllerOf, humanAge } from "@wherry/machinery";
import type { Description } from "./description.ts";
import { addEventTable, type EventSubject, findEvents, subjectOf } from "./events.ts";
import { addContainers, addSeccompProfile } from "./pod/containers.ts";
import { addSpread, addTolerations } from "./pod/scheduling.ts";
import { addVolumes } from "./pod/volumes.ts";
import type { Surroundings } from "./surroundings.ts";
import { longTime } from "./time.ts";

/** A pod. Source: kubectl pkg/describe/describe.go, `describePod`. */
export async function describe(d: Description, pod: Pod, around: Surroundings): Promise<void> {
  addIdentity(d, pod);
  addStatus(d, pod, around.now);
  const { spec, status = {} } = pod;
  if (spec.initContainers?.length) addContainers(d, "Init Containers", spec.initContainers, status.initContainerStatuses, pod);
  addContainers(d, "Containers", spec.containers, status.containerStatuses, pod);
  if (spec.ephemeralContainers?.length)
    addContainers(d, "Ephemeral Containers", spec.ephemeralContainers as Container[], status.ephemeralContainerStatuses, pod);
  addConditions(d, pod);
  addVolumes(d, spec.volumes);
  d.line(0, "QoS Class:", status.qosClass || podQOSClass(pod));
  d.labels("Node-Selectors", spec.nodeSelector);
  addTolerations(d, "Tolerations", spec.tolerations);
  addSpread(d, spec.topologySpreadConstraints);
  addEventTable(d, await findEvents(around, eventSubject(pod)), around.now);
}

/** The kubelet's own pods have their events under another uid. */
function eventSubject(pod: Pod): EventSubject {
  const uid = pod.metadata.annotations?.["kubernetes.io/config.mirror"] ?? pod.metadata.uid;
  return { ...subjectOf(pod), kind: undefined, uid };
}

function addIdentity(d: Description, { metadata, spec, status = {} }: Pod): void {
  d.line(0, "Name:", metadata.name);
  d.line(0, "Namespace:", metadata.namespace ?? "");
  if (spec.priority !== undefined) d.line(0, "Priority:", String(spec.priority));
  if (spec.priorityClassName) d.line(0, "Priority Class Name:", spec.priorityClassName);
  if (spec.runtimeClassName) d.line(0, "Runtime Class Name:", spec.runtimeClassName);
  if (spec.serviceAccountName) d.line(0, "Service Account:", spec.serviceAccountName);
  d.line(0, "Node:", spec.nodeName ? `${spec.nodeName}/${status.hostIP ?? ""}` : "<none>");
  if (status.startTime) d.line(0, "Start Time:", longTime(status.startTime));
  d.labels("Labels", metadata.labels);
  d.annotations("Annotations", metadata.annotations);
}

function addStatus(d: Description, pod: Pod, now: number): void {
  const { metadata, spec, status = {} } = pod;
  if (metadata.deletionTimestamp && status.phase !== "Failed" && status.phase !== "Succeeded") {
    d.line(0, "Status:", `Terminating (lasts ${humanAge(metadata.deletionTimestamp, now)})`);
    d.line(0, "Termination Grace Period:", `${metadata.deletionGracePeriodSeconds ?? 0}s`);
  } else d.line(0, "Status:", status.phase ?? "");
  if (status.reason) d.line(0, "Reason:", status.reason);
  if (status.message) d.line(0, "Message:", status.message);
  addSeccompProfile(d, 0, 0, spec.securityContext?.seccompProfile);
  d.line(0, "IP:", status.podIP ?? "");
  d.line(0, "IPs:", ...(status.podIPs?.length ? [] : ["<none>"]));
  for (const { ip } of status.podIPs ?? []) d.line(1, "IP:", ip ?? "");
  const owner = controllerOf(pod);
  if (owner) d.line(0, "Controlled By:", `${owner.kind}/${owner.name}`);
  if (status.nominatedNodeName) d.line(0, "NominatedNodeName:", status.nominatedNodeName);
}

function addConditions(d: Description, { spec, status }: Pod): void {
  const conditions = status?.conditions ?? [];
  if (spec.readinessGates?.length) addRows(d, "Readiness Gates");
  for (const { conditionType } of spec.readinessGates ?? []) {
    d.line(1, `${conditionType} `, `${conditions.find((c) => c.type === conditionType)?.status ?? "<none>"} `);
  }
  if (conditions.length) addRows(d, "Conditions");
  for (const { type, status: state } of conditions) d.line(1, `${type} `, `${state} `);
}

function addRows(d: Description, title: string): void {
  d.line(0, `${title}:`);
  d.line(1, "Type", "Status");
}
