import { type Column, type FieldError, forbiddenField, notSupported } from "@wherry/machinery";
import type { PodTemplateSpec, ReplicaSet, ReplicationController } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { validatePodTemplate } from "../core/pod/template.ts";

const PATH = "spec.template";

/** A template of pods that must be kept running for ever. Source: apps validation `ValidatePodTemplateSpecForReplicaSet`. */
export function validateLastingPods(template: PodTemplateSpec, kind: string): FieldError[] {
  return [...validatePodTemplate(template, PATH), ...validateLasting(template, kind)];
}

/** What must hold of pods that are kept running for ever. */
export function validateLasting({ spec }: PodTemplateSpec, kind: string): FieldError[] {
  const deadline = `${PATH}.spec.activeDeadlineSeconds`;
  const { restartPolicy, activeDeadlineSeconds } = spec;
  return [
    ...(restartPolicy === "Always" ? [] : [notSupported(`${PATH}.spec.restartPolicy`, restartPolicy, ["Always"])]),
    ...(activeDeadlineSeconds === undefined ? [] : [forbiddenField(deadline, `activeDeadlineSeconds in ${kind} is not Supported`)]),
  ];
}

/** Container names of a template, as a cell. */
export function containerNames(template: PodTemplateSpec | undefined): string {
  return (template?.spec.containers ?? []).map((c) => c.name).join(",");
}

/** Images of a template, as a cell. */
export function containerImages(template: PodTemplateSpec | undefined): string {
  return (template?.spec.containers ?? []).map((c) => c.image ?? "").join(",");
}

/** The columns of what keeps so many copies of a pod; `selector` writes which pods it counts. Source: printers `replicaSetColumnDefinitions`. */
export function replicaColumns<T extends ReplicaSet | ReplicationController>(selector: (o: T) => string): readonly Column<T>[] {
  return [
    nameColumn,
    { name: "Desired", type: "integer", value: (o) => o.spec.replicas ?? 0 },
    { name: "Current", type: "integer", value: (o) => o.status?.replicas ?? 0 },
    { name: "Ready", type: "integer", value: (o) => o.status?.readyReplicas ?? 0 },
    ageColumn,
    { name: "Containers", type: "string", priority: 1, value: (o) => containerNames(o.spec.template) },
    { name: "Images", type: "string", priority: 1, value: (o) => containerImages(o.spec.template) },
    { name: "Selector", type: "string", priority: 1, value: selector },
  ];
}
