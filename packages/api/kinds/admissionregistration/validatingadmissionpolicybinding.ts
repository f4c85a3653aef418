import {
  defineKind,
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  isDNS1123Subdomain,
  isPathSegmentName,
  notSupported,
  required,
  validateLabelSelector,
} from "@wherry/machinery";
import type { ParamRef, ValidatingAdmissionPolicyBinding as Type } from "../../generated/types.ts";
import { formatSelector } from "../apps/selector.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { notActedOn } from "../not-acted-on.ts";
import { broken, each, named, oneOf } from "../rules.ts";
import { defaultMatchResources, validateMatchResources } from "./match-resources.ts";

export type ValidatingAdmissionPolicyBinding = Type;

const ACTIONS = ["Audit", "Deny", "Warn"];
const EITHER = "name and selector are mutually exclusive";
const NOT_BOTH =
  "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)";

export const ValidatingAdmissionPolicyBinding = defineKind<ValidatingAdmissionPolicyBinding>({
  group: "admissionregistration.k8s.io",
  version: "v1",
  kind: "ValidatingAdmissionPolicyBinding",
  plural: "validatingadmissionpolicybindings",
  singular: "validatingadmissionpolicybinding",
  categories: ["api-extensions"],
  scope: "Cluster",
  schema: "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding",
  hasGeneration: true,
  allowUnconditionalUpdate: false,
  defaults(o) {
    o.spec ??= {};
    if (o.spec.matchResources) defaultMatchResources(o.spec.matchResources);
  },
  validate: ({ spec }) => [
    ...named("spec.policyName", spec.policyName, isDNS1123Subdomain),
    ...(spec.paramRef ? paramRef(spec.paramRef, "spec.paramRef") : []),
    // The path is upstream's, letter by letter.
    ...(spec.matchResources ? validateMatchResources(spec.matchResources, "spec.matchResouces") : []),
    ...actions(spec.validationActions ?? [], "spec.validationActions"),
  ],
  warnings: notActedOn,
  columns: [
    nameColumn,
    { name: "PolicyName", type: "string", value: (o) => o.spec.policyName ?? "" },
    { name: "ParamRef", type: "string", value: (o) => paramCell(o.spec.paramRef) },
    ageColumn,
  ],
});

/** Source: admissionregistration validation `validateParamRef`. */
function paramRef({ name, selector, parameterNotFoundAction }: ParamRef, path: string): FieldError[] {
  const both = Boolean(name) && selector !== undefined;
  return [
    ...(name ? broken(`${path}.name`, name, isPathSegmentName(name)) : []),
    ...(both ? [forbiddenField(`${path}.name`, EITHER)] : []),
    ...validateLabelSelector(selector, `${path}.selector`),
    ...(both ? [forbiddenField(`${path}.selector`, EITHER)] : []),
    ...(name || selector ? [] : [required(path, "one of name or selector must be specified")]),
    ...oneOf(`${path}.parameterNotFoundAction`, parameterNotFoundAction, ["Deny", "Allow"]),
  ];
}

/** Source: admissionregistration validation `validateValidationActions`. */
function actions(list: readonly string[], path: string): FieldError[] {
  return [
    ...each(list, path, (action, at, i) => [
      ...(ACTIONS.includes(action) ? [] : [notSupported(at, action, ACTIONS)]),
      ...(list.indexOf(action) < i ? [duplicate(at, action)] : []),
    ]),
    ...(list.includes("Deny") && list.includes("Warn") ? [invalid(path, list, NOT_BOTH)] : []),
    ...(list.length === 0 ? [required(path, "at least one validation action is required")] : []),
  ];
}

function paramCell(ref: ParamRef | undefined): string {
  if (ref?.name) return `${ref.namespace || "*"}/${ref.name}`;
  return ref?.selector ? formatSelector(ref.selector) : "<unset>";
}
