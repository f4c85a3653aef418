import {
  type FieldError,
  forbiddenField,
  invalid,
  isDNS1123Label,
  isDNS1123Subdomain,
  isQualifiedName,
  required,
  validateLabelSelector,
} from "@wherry/machinery";
import type {
  Affinity,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
} from "../../../generated/types.ts";
import { broken, each } from "../../rules.ts";

const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";

/** Source: core validation `validateAffinity`. */
export function validateAffinity(a: Affinity | undefined, path: string): FieldError[] {
  return [
    ...validateNodeAffinity(a?.nodeAffinity, `${path}.nodeAffinity`),
    ...validatePodAffinity(a?.podAffinity, `${path}.podAffinity`),
    ...validatePodAffinity(a?.podAntiAffinity, `${path}.podAntiAffinity`),
  ];
}

function validateNodeAffinity(a: Affinity["nodeAffinity"], path: string): FieldError[] {
  const hard = a?.[REQUIRED];
  return [
    ...(hard ? validateNodeSelector(hard, `${path}.${REQUIRED}`) : []),
    ...each(a?.[PREFERRED], `${path}.${PREFERRED}`, (p, at) => [
      ...weight(p.weight, `${at}.weight`),
      ...validateTerm(p.preference ?? {}, `${at}.preference`),
    ]),
  ];
}

/** Source: core validation `ValidateNodeSelector`. */
export function validateNodeSelector({ nodeSelectorTerms }: NodeSelector, path: string): FieldError[] {
  const terms = `${path}.nodeSelectorTerms`;
  if (!nodeSelectorTerms?.length) return [required(terms, "must have at least one node selector term")];
  return each(nodeSelectorTerms, terms, validateTerm);
}

function weight(value: number, path: string): FieldError[] {
  return value >= 1 && value <= 100 ? [] : [invalid(path, value ?? 0, "must be in the range 1-100")];
}

function validateTerm(t: NodeSelectorTerm, path: string): FieldError[] {
  return [
    ...each(t.matchExpressions, `${path}.matchExpressions`, validateExpression),
    ...each(t.matchFields, `${path}.matchFields`, validateField),
  ];
}

function validateExpression(r: NodeSelectorRequirement, path: string): FieldError[] {
  return [...valueCount(r, path), ...broken(`${path}.key`, r.key ?? "", isQualifiedName(r.key ?? ""))];
}

function valueCount(r: NodeSelectorRequirement, path: string): FieldError[] {
  const count = r.values?.length ?? 0;
  const at = `${path}.values`;
  switch (r.operator) {
    case "In":
    case "NotIn":
      return count > 0 ? [] : [required(at, "must be specified when `operator` is 'In' or 'NotIn'")];
    case "Exists":
    case "DoesNotExist":
      return count === 0 ? [] : [forbiddenField(at, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")];
    case "Gt":
    case "Lt":
      return count === 1 ? [] : [required(at, "must be specified single value when `operator` is 'Lt' or 'Gt'")];
    default:
      return [invalid(`${path}.operator`, r.operator ?? "", "not a valid selector operator")];
  }
}

function validateField(r: NodeSelectorRequirement, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (r.operator !== "In" && r.operator !== "NotIn")
    errors.push(invalid(`${path}.operator`, r.operator ?? "", "not a valid selector operator"));
  else if (r.values?.length !== 1) {
    errors.push(required(`${path}.values`, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"));
  }
  if (r.key !== "metadata.name") return [...errors, invalid(`${path}.key`, r.key ?? "", "not a valid field selector key")];
  const names = (r.values ?? []).flatMap((name, i) => broken(`${path}.values[${i}]`, name, isDNS1123Subdomain(name)));
  return [...errors, ...names];
}

function validatePodAffinity(a: PodAffinity | undefined, path: string): FieldError[] {
  return [
    ...each(a?.[REQUIRED], `${path}.${REQUIRED}`, validatePodTerm),
    ...each(a?.[PREFERRED], `${path}.${PREFERRED}`, (p, at) => [
      ...weight(p.weight, `${at}.weight`),
      ...validatePodTerm(p.podAffinityTerm ?? { topologyKey: "" }, `${at}.podAffinityTerm`),
    ]),
  ];
}

function validatePodTerm(t: PodAffinityTerm, path: string): FieldError[] {
  return [
    ...validateLabelSelector(t.labelSelector, `${path}.labelSelector`),
    ...validateLabelSelector(t.namespaceSelector, `${path}.namespaceSelector`),
    ...(t.namespaces ?? []).flatMap((name) => broken(`${path}.namespace`, name, isDNS1123Label(name))),
    ...(t.topologyKey
      ? broken(`${path}.topologyKey`, t.topologyKey, isQualifiedName(t.topologyKey))
      : [required(`${path}.topologyKey`, "can not be empty")]),
  ];
}
