import type { Column } from "@wherry/machinery";
import type { Service } from "../../../generated/types.ts";
import { ageColumn, formatLabels, nameColumn } from "../../columns.ts";

const NONE = "<none>";

/** Source: printers `printService`. */
export const serviceColumns: readonly Column<Service>[] = [
  nameColumn,
  { name: "Type", type: "string", value: (o) => o.spec.type ?? "" },
  { name: "Cluster-IP", type: "string", value: (o) => o.spec.clusterIPs?.[0] || o.spec.clusterIP || NONE },
  { name: "External-IP", type: "string", value: externalIP },
  { name: "Port(s)", type: "string", value: ports },
  ageColumn,
  { name: "Selector", type: "string", priority: 1, value: (o) => formatLabels(o.spec.selector) },
];

function externalIP(o: Service): string {
  const own = o.spec.externalIPs ?? [];
  switch (o.spec.type) {
    case "ExternalName":
      return o.spec.externalName ?? "";
    case "LoadBalancer": {
      const ingress = (o.status?.loadBalancer?.ingress ?? []).map((i) => i.ip || i.hostname || "").filter(Boolean);
      return [...[...new Set(ingress)].sort(), ...own].join(",") || "<pending>";
    }
    default:
      return own.join(",") || NONE;
  }
}

function ports(o: Service): string {
  const cells = (o.spec.ports ?? []).map((p) => (p.nodePort ? `${p.port}:${p.nodePort}/${p.protocol}` : `${p.port}/${p.protocol}`));
  return cells.join(",") || NONE;
}
