import { type Column, defineKind, type FieldError, invalid } from "@wherry/machinery";
import type { ResourceQuotaSpec, ResourceQuota as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { notActedOn } from "../not-acted-on.ts";
import { immutable } from "../rules.ts";
import { keepOtherHalf } from "../status.ts";
import { validateScopes } from "./resourcequota/scopes.ts";
import { canonicalize, quotaAmount, quotaResourceName, type ResourceList } from "./resources.ts";

export type ResourceQuota = Type;

const columns: readonly Column<ResourceQuota>[] = [
  nameColumn,
  ageColumn,
  { name: "Request", type: "string", value: (o) => usageCell(o, (name) => !name.startsWith("limits.")) },
  { name: "Limit", type: "string", value: (o) => usageCell(o, (name) => name.startsWith("limits.")) },
];

export const ResourceQuota = defineKind<ResourceQuota>({
  group: "",
  version: "v1",
  kind: "ResourceQuota",
  plural: "resourcequotas",
  singular: "resourcequota",
  shortNames: ["quota"],
  scope: "Namespaced",
  schema: "io.k8s.api.core.v1.ResourceQuota",
  returnsDeleted: true,
  subresources: { status: { type: "status" } },
  prepareForCreate(o) {
    o.status = {};
  },
  prepareForUpdate: keepOtherHalf,
  defaults(o) {
    o.spec ??= {};
    for (const list of [o.spec.hard, o.status?.hard, o.status?.used]) canonicalize(list);
  },
  validate: (o) => [
    ...validateAmounts(o.spec.hard, "spec.hard"),
    ...validateScopes(o.spec, "spec"),
    ...validateAmounts(o.status?.hard, "status.hard"),
    ...validateAmounts(o.status?.used, "status.used"),
  ],
  validateUpdate: ({ spec: next }, { spec: prev }) => immutable("spec.scopes", next.scopes ?? [], sameScopes(next, prev)),
  warnings: notActedOn,
  columns,
});

function validateAmounts(list: ResourceList | undefined, path: string): FieldError[] {
  return Object.entries(list ?? {}).flatMap(([name, amount]) => {
    if (name === "") return [invalid(`${path}[]`, name, "name part must be non-empty")];
    return [...quotaResourceName(`${path}[${name}]`, name), ...quotaAmount(`${path}[${name}]`, name, amount)];
  });
}

function sameScopes(next: ResourceQuotaSpec, prev: ResourceQuotaSpec): boolean {
  return new Set(next.scopes).symmetricDifference(new Set(prev.scopes)).size === 0;
}

/** `pods: 1/10, requests.cpu: 0/2`. Source: printers `printResourceQuota`. */
function usageCell({ status }: ResourceQuota, wanted: (name: string) => boolean): string {
  const names = Object.keys(status?.hard ?? {}).filter(wanted);
  return names
    .sort()
    .map((name) => `${name}: ${status?.used?.[name] ?? "0"}/${status?.hard?.[name]}`)
    .join(", ");
}
