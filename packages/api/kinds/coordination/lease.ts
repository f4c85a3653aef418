import { defineKind, type FieldError, invalid } from "@wherry/machinery";
import type { Lease as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { nonNegative } from "../rules.ts";

export type Lease = Type;

export const Lease = defineKind<Lease>({
  group: "coordination.k8s.io",
  version: "v1",
  kind: "Lease",
  plural: "leases",
  singular: "lease",
  scope: "Namespaced",
  schema: "io.k8s.api.coordination.v1.Lease",
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
  defaults(o) {
    o.spec ??= {};
  },
  validate,
  columns: [nameColumn, { name: "Holder", type: "string", value: (o) => o.spec?.holderIdentity ?? "" }, ageColumn],
});

/** Source: coordination validation `ValidateLeaseSpec`. */
function validate({ spec }: Lease): FieldError[] {
  const seconds = spec.leaseDurationSeconds;
  return [
    ...(seconds !== undefined && seconds <= 0 ? [invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0")] : []),
    ...nonNegative("spec.leaseTransitions", spec.leaseTransitions),
  ];
}
