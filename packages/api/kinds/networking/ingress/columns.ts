import type { Column } from "@wherry/machinery";
import type { Ingress, IngressRule } from "../../../generated/types.ts";
import { ageColumn, nameColumn } from "../../columns.ts";

const SHOWN = 3;

/** Source: printers `printIngress`. */
export const ingressColumns: readonly Column<Ingress>[] = [
  nameColumn,
  { name: "Class", type: "string", value: (o) => o.spec?.ingressClassName ?? "<none>" },
  { name: "Hosts", type: "string", value: (o) => hosts(o.spec?.rules ?? []) },
  { name: "Address", type: "string", value: addresses },
  { name: "Ports", type: "string", value: (o) => (o.spec?.tls?.length ? "80, 443" : "80") },
  ageColumn,
];

/** A rule without a host is not shown, but counted among those beyond the first three. */
function hosts(rules: readonly IngressRule[]): string {
  const named = rules.filter((r) => r.host);
  if (named.length === 0) return "*";
  const shown = named.slice(0, SHOWN);
  const full = rules.indexOf(shown.at(-1) as IngressRule) < rules.length - 1 && shown.length === SHOWN;
  const text = shown.map((r) => r.host).join(",");
  return full ? `${text} + ${rules.length - SHOWN} more...` : text;
}

function addresses(o: Ingress): string {
  const all = (o.status?.loadBalancer?.ingress ?? []).map((i) => i.ip || i.hostname || "").filter(Boolean);
  return [...new Set(all)].sort().join(",");
}
