import { defineKind } from "@wherry/machinery";
import type { Lease as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";

export type Lease = Type;

export const Lease = defineKind<Lease>({
  group: "coordination.k8s.io",
  version: "v1",
  kind: "Lease",
  plural: "leases",
  singular: "lease",
  scope: "Namespaced",
  schema: "io.k8s.api.coordination.v1.Lease",
  columns: [nameColumn, { name: "Holder", type: "string", value: (o) => o.spec?.holderIdentity ?? "" }, ageColumn],
});
