import { defineKind, type FieldError, forbiddenField, isValidCIDR, semanticEqual } from "@wherry/machinery";
import type { Node as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { getCondition } from "../conditions.ts";
import { broken } from "../rules.ts";
import { keepOtherHalf } from "../status.ts";
import { validateTaints } from "./pod/toleration.ts";
import { canonicalize, type ResourceList, resourceAmount } from "./resources.ts";

export type Node = Type;

/** Whether the node's `Ready` condition is true. */
export function isNodeReady(node: Node): boolean {
  return getCondition(node.status?.conditions, "Ready")?.status === "True";
}

/** The node's first address of this type, such as `InternalIP`. */
export function nodeAddress(node: Node, type: string): string | undefined {
  return node.status?.addresses?.find((a) => a.type === type)?.address;
}

export const Node = defineKind<Node>({
  group: "",
  version: "v1",
  kind: "Node",
  plural: "nodes",
  singular: "node",
  shortNames: ["no"],
  scope: "Cluster",
  schema: "io.k8s.api.core.v1.Node",
  subresources: {
    status: { type: "status" },
    proxy: { type: "connect", verbs: ["create", "delete", "get", "patch", "update"], kind: "NodeProxyOptions" },
  },
  prepareForUpdate: keepOtherHalf,
  defaults,
  validate,
  validateUpdate,
  selectableFields: { "spec.unschedulable": (o) => String(o.spec?.unschedulable ?? false) },
  columns: [
    nameColumn,
    { name: "Status", type: "string", value: status },
    { name: "Roles", type: "string", value: roles },
    ageColumn,
    { name: "Version", type: "string", value: (o) => o.status?.nodeInfo?.kubeletVersion ?? "" },
    { name: "Internal-IP", type: "string", priority: 1, value: (o) => nodeAddress(o, "InternalIP") ?? "<none>" },
    { name: "External-IP", type: "string", priority: 1, value: (o) => nodeAddress(o, "ExternalIP") ?? "<none>" },
    { name: "OS-Image", type: "string", priority: 1, value: (o) => o.status?.nodeInfo?.osImage || "<unknown>" },
    { name: "Kernel-Version", type: "string", priority: 1, value: (o) => o.status?.nodeInfo?.kernelVersion || "<unknown>" },
    { name: "Container-Runtime", type: "string", priority: 1, value: (o) => o.status?.nodeInfo?.containerRuntimeVersion || "<unknown>" },
  ],
});

/** Source: v1 defaults `SetDefaults_NodeStatus`; `podCIDR` is the first of `podCIDRs`. */
function defaults(o: Node): void {
  o.spec ??= {};
  if (o.spec.podCIDR && !o.spec.podCIDRs?.length) o.spec.podCIDRs = [o.spec.podCIDR];
  if (!o.spec.podCIDR && o.spec.podCIDRs?.[0]) o.spec.podCIDR = o.spec.podCIDRs[0];
  canonicalize(o.status?.capacity);
  canonicalize(o.status?.allocatable);
  if (o.status?.capacity) o.status.allocatable ??= { ...o.status.capacity };
}

/** Source: core validation `ValidateNode`. */
function validate(o: Node): FieldError[] {
  return [
    ...validateTaints(o.spec.taints, "spec.taints"),
    ...(o.spec.podCIDRs ?? []).flatMap((cidr, i) => broken(`spec.podCIDRs[${i}]`, cidr, isValidCIDR(cidr))),
    ...amountErrors(o.status?.capacity, "status.capacity"),
    ...amountErrors(o.status?.allocatable, "status.allocatable"),
  ];
}

function amountErrors(list: ResourceList | undefined, path: string): FieldError[] {
  return Object.entries(list ?? {}).flatMap(([name, amount]) => resourceAmount(`${path}[${name}]`, name, amount));
}

/** Source: core validation `ValidateNodeUpdate`. */
function validateUpdate(next: Node, prev: Node): FieldError[] {
  const errors: FieldError[] = [];
  if (prev.spec.podCIDRs?.length && !semanticEqual(next.spec.podCIDRs, prev.spec.podCIDRs)) {
    errors.push(forbiddenField("spec.podCIDRs", 'node updates may not change podCIDR except from "" to valid'));
  }
  if (prev.spec.providerID && next.spec.providerID !== prev.spec.providerID) {
    errors.push(forbiddenField("spec.providerID", 'node updates may not change providerID except from "" to valid'));
  }
  return errors;
}

function status(o: Node): string {
  const ready = getCondition(o.status?.conditions, "Ready");
  const word = ready ? (ready.status === "True" ? "Ready" : "NotReady") : "Unknown";
  return o.spec?.unschedulable ? `${word},SchedulingDisabled` : word;
}

const ROLE_PREFIX = "node-role.kubernetes.io/";

function roles(o: Node): string {
  const found = Object.entries(o.metadata.labels ?? {}).flatMap(([key, value]) => {
    if (key.startsWith(ROLE_PREFIX)) return [key.slice(ROLE_PREFIX.length)];
    return key === "kubernetes.io/role" && value ? [value] : [];
  });
  return [...new Set(found.filter(Boolean))].sort().join(",") || "<none>";
}
