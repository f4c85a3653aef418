import { defineKind, type FieldError, invalid, isDNS1123Subdomain, notSupported, required } from "@wherry/machinery";
import type { FlowSchemaSpec, FlowSchema as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { notActedOn } from "../not-acted-on.ts";
import { broken, each } from "../rules.ts";
import { keepOtherHalf } from "../status.ts";
import { validateConditionTypes } from "./conditions.ts";
import { validatePolicyRules } from "./policy-rules.ts";

export type FlowSchema = Type;

const PRECEDENCE = 1000;
const LAST_PRECEDENCE = 10000;
const EXEMPT = "exempt";
const METHODS = ["ByNamespace", "ByUser"];

export const FlowSchema = defineKind<FlowSchema>({
  group: "flowcontrol.apiserver.k8s.io",
  version: "v1",
  kind: "FlowSchema",
  plural: "flowschemas",
  singular: "flowschema",
  scope: "Cluster",
  schema: "io.k8s.api.flowcontrol.v1.FlowSchema",
  hasGeneration: true,
  subresources: { status: { type: "status" } },
  prepareForCreate(o) {
    o.status = {};
  },
  statusKeeps: ["annotations", "labels"],
  prepareForUpdate: keepOtherHalf,
  defaults(o) {
    o.spec ??= {} as FlowSchemaSpec;
    o.spec.matchingPrecedence ||= PRECEDENCE;
    o.status ??= {};
  },
  validate: (o) => [...validateSpec(o), ...validateConditionTypes(o.status?.conditions)],
  warnings: notActedOn,
  columns: [
    nameColumn,
    { name: "PriorityLevel", type: "string", value: (o) => o.spec.priorityLevelConfiguration?.name ?? "" },
    { name: "MatchingPrecedence", type: "string", value: (o) => o.spec.matchingPrecedence ?? 0 },
    { name: "DistinguisherMethod", type: "string", value: (o) => o.spec.distinguisherMethod?.type ?? "<none>" },
    ageColumn,
    { name: "MissingPL", type: "string", value: (o) => o.status?.conditions?.find((c) => c.type === "Dangling")?.status ?? "?" },
  ],
});

/** Source: flowcontrol validation `ValidateFlowSchemaSpec`. */
function validateSpec({ metadata, spec }: FlowSchema): FieldError[] {
  const method = spec.distinguisherMethod;
  const level = spec.priorityLevelConfiguration?.name;
  const path = "spec.priorityLevelConfiguration.name";
  return [
    ...precedence(metadata.name, spec.matchingPrecedence ?? 0),
    ...(method && !METHODS.includes(method.type) ? [notSupported("spec.distinguisherMethod.type", method, METHODS)] : []),
    ...(level ? broken(path, level, isDNS1123Subdomain(level)) : [required(path, "must reference a priority level")]),
    ...each(spec.rules, "spec.rules", validatePolicyRules),
  ];
}

function precedence(name: string, value: number): FieldError[] {
  const path = "spec.matchingPrecedence";
  return [
    ...(value <= 0 ? [invalid(path, value, "must be a positive value")] : []),
    ...(value > LAST_PRECEDENCE ? [invalid(path, value, `must not be greater than ${LAST_PRECEDENCE}`)] : []),
    ...(value === 1 && name !== EXEMPT ? [invalid(path, value, "only the schema named 'exempt' may have matchingPrecedence 1")] : []),
  ];
}
