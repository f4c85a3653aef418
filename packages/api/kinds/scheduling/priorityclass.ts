import { defineKind, type FieldError, forbiddenField } from "@wherry/machinery";
import type { PriorityClass as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { immutable, oneOfIfSet } from "../rules.ts";

export type PriorityClass = Type;

const HIGHEST_USER_PRIORITY = 1_000_000_000;
const SYSTEM_PREFIX = "system-";

/** The classes that every cluster has. Source: `pkg/apis/scheduling/v1/helpers.go`. */
export const SYSTEM_PRIORITY_CLASSES = [
  {
    name: "system-node-critical",
    value: 2_000_001_000,
    description: "Used for system critical pods that must not be moved from their current node.",
  },
  {
    name: "system-cluster-critical",
    value: 2_000_000_000,
    description: "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
  },
] as const;

export const PriorityClass = defineKind<PriorityClass>({
  group: "scheduling.k8s.io",
  version: "v1",
  kind: "PriorityClass",
  plural: "priorityclasses",
  singular: "priorityclass",
  shortNames: ["pc"],
  scope: "Cluster",
  schema: "io.k8s.api.scheduling.v1.PriorityClass",
  hasGeneration: true,
  isNewGeneration: () => false,
  defaults(o) {
    o.preemptionPolicy ??= "PreemptLowerPriority";
    o.value ??= 0;
  },
  validate,
  validateUpdate: (next, prev) => [
    ...(next.value === prev.value ? [] : [forbiddenField("value", "may not be changed in an update.")]),
    ...immutable("preemptionPolicy", next.preemptionPolicy, next.preemptionPolicy === prev.preemptionPolicy),
  ],
  columns: [
    nameColumn,
    { name: "Value", type: "integer", value: (o) => o.value ?? 0 },
    { name: "Global-Default", type: "boolean", value: (o) => o.globalDefault ?? false },
    ageColumn,
    { name: "PreemptionPolicy", type: "string", value: (o) => o.preemptionPolicy ?? "" },
  ],
});

/** Source: scheduling validation `ValidatePriorityClass`. */
function validate(o: PriorityClass): FieldError[] {
  const high = o.value > HIGHEST_USER_PRIORITY;
  const own = high ? [forbiddenField("value", `maximum allowed value of a user defined priority is ${HIGHEST_USER_PRIORITY}`)] : [];
  return [
    ...(o.metadata.name?.startsWith(SYSTEM_PREFIX) ? validateSystemClass(o) : own),
    ...oneOfIfSet("preemptionPolicy", o.preemptionPolicy, ["Never", "PreemptLowerPriority"]),
  ];
}

/** Source: `IsKnownSystemPriorityClass`. */
function validateSystemClass({ metadata: { name }, value, globalDefault = false }: PriorityClass): FieldError[] {
  const known = SYSTEM_PRIORITY_CLASSES.find((c) => c.name === name);
  const reserved = "priority class names with 'system-' prefix are reserved for system use only. error:";
  const refuse = (why: string) => [forbiddenField("metadata.name", `${reserved} ${why}`)];
  if (!known) return refuse(`${name} is not a known system priority class`);
  if (value !== known.value) return refuse(`value of ${name} PriorityClass must be ${known.value}`);
  return globalDefault ? refuse(`globalDefault of ${name} PriorityClass must be false`) : [];
}
