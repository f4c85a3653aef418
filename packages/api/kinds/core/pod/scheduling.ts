import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  isDNS1123Subdomain,
  isQualifiedName,
  required,
  validateLabelSelector,
  validateLabels,
} from "@wherry/machinery";
import type { PodSpec, TopologySpreadConstraint } from "../../../generated/types.ts";
import { broken, each, oneOf, oneOfIfSet } from "../../rules.ts";
import { validateAffinity } from "./affinity.ts";
import { validateTolerations } from "./toleration.ts";

/** All that says where a pod may run. */
export function validateScheduling(spec: PodSpec, path: string): FieldError[] {
  return [
    ...validateLabels(spec.nodeSelector, `${path}.nodeSelector`),
    ...(spec.nodeName ? broken(`${path}.nodeName`, spec.nodeName, isDNS1123Subdomain(spec.nodeName)) : []),
    ...validateAffinity(spec.affinity, `${path}.affinity`),
    ...validateTolerations(spec.tolerations, `${path}.tolerations`),
    ...validateSpread(spec.topologySpreadConstraints, `${path}.topologySpreadConstraints`),
    ...validateGates(spec, path),
    ...validatePriority(spec, path),
  ];
}

function validatePriority(spec: PodSpec, path: string): FieldError[] {
  const { priorityClassName, preemptionPolicy, schedulerName } = spec;
  return [
    ...(priorityClassName ? broken(`${path}.priorityClassName`, priorityClassName, isDNS1123Subdomain(priorityClassName)) : []),
    ...oneOfIfSet(`${path}.preemptionPolicy`, preemptionPolicy, ["Never", "PreemptLowerPriority"]),
    ...(schedulerName ? broken(`${path}.schedulerName`, schedulerName, isQualifiedName(schedulerName)) : []),
  ];
}

function validateGates(spec: PodSpec, path: string): FieldError[] {
  const taken = new Set<string>();
  const errors = each(spec.schedulingGates, `${path}.schedulingGates`, (gate, at) => {
    const again = taken.has(gate.name) ? [duplicate(at, gate.name)] : [];
    taken.add(gate.name);
    return [...broken(at, gate.name ?? "", isQualifiedName(gate.name ?? "")), ...again];
  });
  if (taken.size === 0 || !spec.nodeName) return errors;
  return [...errors, forbiddenField(`${path}.nodeName`, "cannot be set until all schedulingGates have been cleared")];
}

/** Source: core validation `validateTopologySpreadConstraints`. */
function validateSpread(list: readonly TopologySpreadConstraint[] | undefined, path: string): FieldError[] {
  const taken = new Set<string>();
  return each(list, path, (c, at) => {
    const id = JSON.stringify([c.topologyKey, c.whenUnsatisfiable]);
    const again = taken.has(id) ? [duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, `{${c.topologyKey}, ${c.whenUnsatisfiable}}`)] : [];
    taken.add(id);
    return [...validateConstraint(c, at), ...again];
  });
}

function validateConstraint(c: TopologySpreadConstraint, path: string): FieldError[] {
  return [
    ...(c.maxSkew > 0 ? [] : [invalid(`${path}.maxSkew`, c.maxSkew ?? 0, "must be greater than zero")]),
    ...(c.topologyKey
      ? broken(`${path}.topologyKey`, c.topologyKey, isQualifiedName(c.topologyKey))
      : [required(`${path}.topologyKey`, "can not be empty")]),
    ...oneOf(`${path}.whenUnsatisfiable`, c.whenUnsatisfiable, ["DoNotSchedule", "ScheduleAnyway"]),
    ...(c.minDomains !== undefined && c.minDomains <= 0 ? [invalid(`${path}.minDomains`, c.minDomains, "must be greater than zero")] : []),
    ...oneOfIfSet(`${path}.nodeAffinityPolicy`, c.nodeAffinityPolicy, ["Honor", "Ignore"]),
    ...oneOfIfSet(`${path}.nodeTaintsPolicy`, c.nodeTaintsPolicy, ["Honor", "Ignore"]),
    ...validateLabelSelector(c.labelSelector, `${path}.labelSelector`),
  ];
}
