import { defineKind } from "@wherry/machinery";
import type { ComponentCondition, ComponentStatus as Type } from "../../generated/types.ts";
import { nameColumn } from "../columns.ts";
import { getCondition } from "../conditions.ts";
import { VIRTUAL } from "../virtual.ts";

export type ComponentStatus = Type;

/** How a part of the control plane is. Asked when it is read; nothing is stored. */
export const ComponentStatus = defineKind<ComponentStatus>({
  ...VIRTUAL,
  verbs: ["get", "list"],
  group: "",
  kind: "ComponentStatus",
  plural: "componentstatuses",
  singular: "componentstatus",
  shortNames: ["cs"],
  scope: "Cluster",
  schema: "io.k8s.api.core.v1.ComponentStatus",
  columns: [
    nameColumn,
    { name: "Status", type: "string", value: status },
    { name: "Message", type: "string", value: (o) => healthOf(o)?.message ?? "" },
    { name: "Error", type: "string", value: (o) => healthOf(o)?.error ?? "" },
  ],
});

const healthOf = (o: ComponentStatus): ComponentCondition | undefined => getCondition(o.conditions, "Healthy");

/** Source: printers `printComponentStatus`. */
function status(o: ComponentStatus): string {
  const health = healthOf(o);
  if (!health) return "Unknown";
  return health.status === "True" ? "Healthy" : "Unhealthy";
}
