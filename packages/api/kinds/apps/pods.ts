import { type FieldError, forbiddenField, notSupported } from "@wherry/machinery";
import type { PodTemplateSpec } from "../../generated/types.ts";
import { validatePodTemplate } from "../core/pod/template.ts";

const PATH = "spec.template";

/** A template of pods that must be kept running for ever. Source: apps validation `ValidatePodTemplateSpecForReplicaSet`. */
export function validateLastingPods(template: PodTemplateSpec, kind: string): FieldError[] {
  const { restartPolicy, activeDeadlineSeconds } = template.spec;
  return [
    ...validatePodTemplate(template, PATH),
    ...(restartPolicy === "Always" ? [] : [notSupported(`${PATH}.spec.restartPolicy`, restartPolicy, ["Always"])]),
    ...(activeDeadlineSeconds === undefined
      ? []
      : [forbiddenField(`${PATH}.spec.activeDeadlineSeconds`, `activeDeadlineSeconds in ${kind} is not Supported`)]),
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
