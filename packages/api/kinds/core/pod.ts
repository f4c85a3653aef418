import { defineKind, type FieldError } from "@wherry/machinery";
import type { Pod as Type } from "../../generated/types.ts";
import { podNameWarnings } from "../pod-names.ts";
import { keepSpec, keepStatus } from "../status.ts";
import { podColumns } from "./pod/columns.ts";
import { defaultRequestsToLimits } from "./pod/container-resources.ts";
import { admitPod, firstStatus } from "./pod/create.ts";
import { dependsOnErrors } from "./pod/depends-on.ts";
import { podGracePeriodSeconds } from "./pod/lifecycle.ts";
import { podQOSClass } from "./pod/qos.ts";
import { defaultPodSpec, validatePodSpec } from "./pod/spec.ts";
import { validatePodStatusUpdate, validatePodUpdate } from "./pod/update.ts";
import { podWarnings } from "./pod/warnings.ts";

export type Pod = Type;

export const Pod = defineKind<Pod>({
  group: "",
  version: "v1",
  kind: "Pod",
  plural: "pods",
  singular: "pod",
  shortNames: ["po"],
  categories: ["all"],
  scope: "Namespaced",
  schema: "io.k8s.api.core.v1.Pod",
  returnsDeleted: true,
  subresources: {
    status: { type: "status" },
    binding: { type: "connect", verbs: ["create"], kind: "Binding" },
    eviction: { type: "connect", verbs: ["create"], kind: "Eviction", group: "policy", version: "v1" },
    log: { type: "connect", verbs: ["get"], kind: "Pod" },
    attach: { type: "connect", verbs: ["create", "get"], kind: "PodAttachOptions" },
    exec: { type: "connect", verbs: ["create", "get"], kind: "PodExecOptions" },
    portforward: { type: "connect", verbs: ["create", "get"], kind: "PodPortForwardOptions" },
    proxy: { type: "connect", verbs: ["create", "delete", "get", "patch", "update"], kind: "PodProxyOptions" },
  },
  prepareForCreate(pod) {
    pod.spec ??= { containers: [] };
    admitPod(pod);
    pod.status = firstStatus(pod);
  },
  prepareForUpdate(next, prev, { subresource }) {
    if (subresource === "status") keepAllButStatus(next, prev);
    else if (subresource === undefined) keepStatus(next, prev);
  },
  defaults,
  validate: (pod) => validatePodSpec(pod.spec, "spec"),
  validateCreate: (pod) => dependsOnErrors(pod.metadata, "metadata"),
  validateUpdate,
  warnings: (pod) => [...podNameWarnings(pod, "the Pod's hostname"), ...podWarnings(pod)],
  gracePeriodSeconds: podGracePeriodSeconds,
  selectableFields: {
    "spec.nodeName": (o) => o.spec.nodeName ?? "",
    "spec.restartPolicy": (o) => o.spec.restartPolicy ?? "",
    "spec.schedulerName": (o) => o.spec.schedulerName ?? "",
    "spec.serviceAccountName": (o) => o.spec.serviceAccountName ?? "",
    "spec.hostNetwork": (o) => String(o.spec.hostNetwork ?? false),
    "status.phase": (o) => o.status?.phase ?? "",
    "status.podIP": (o) => o.status?.podIPs?.[0]?.ip ?? o.status?.podIP ?? "",
    "status.podIPs": (o) => o.status?.podIPs?.[0]?.ip ?? o.status?.podIP ?? "",
    "status.nominatedNodeName": (o) => o.status?.nominatedNodeName ?? "",
  },
  columns: podColumns,
});

/** Source: v1 defaults `SetDefaults_Pod`, and the pod strategy's QoS class. */
function defaults(pod: Pod): void {
  pod.spec ??= { containers: [] };
  defaultPodSpec(pod.spec);
  for (const c of [...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? [])]) defaultRequestsToLimits(c.resources ?? {});
  pod.spec.enableServiceLinks ??= true;
  pod.status ??= {};
  pod.status.qosClass ??= podQOSClass(pod);
}

/** The status of a pod is written by its node, which may touch nothing else of it. */
function keepAllButStatus(next: Pod, prev: Pod): void {
  keepSpec(next, prev);
  if (prev.metadata.ownerReferences) next.metadata.ownerReferences = [...prev.metadata.ownerReferences];
  else delete next.metadata.ownerReferences;
  next.status ??= {};
  if (!next.status.qosClass && prev.status?.qosClass) next.status.qosClass = prev.status.qosClass;
}

function validateUpdate(next: Pod, prev: Pod): FieldError[] {
  return [...validatePodUpdate(next, prev), ...validatePodStatusUpdate(next, prev)];
}
