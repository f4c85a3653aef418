import {
  defineKind,
  type FieldError,
  invalid,
  isDNS1123Subdomain,
  Quantity,
  semanticEqual,
  validateLabelSelector,
} from "@wherry/machinery";
import type { CSIStorageCapacity as Type } from "../../generated/types.ts";
import { nameColumn } from "../columns.ts";
import { canonical } from "../core/resources.ts";
import { notActedOn } from "../not-acted-on.ts";
import { broken, immutable } from "../rules.ts";

export type CSIStorageCapacity = Type;

export const CSIStorageCapacity = defineKind<CSIStorageCapacity>({
  group: "storage.k8s.io",
  version: "v1",
  kind: "CSIStorageCapacity",
  plural: "csistoragecapacities",
  singular: "csistoragecapacity",
  scope: "Namespaced",
  schema: "io.k8s.api.storage.v1.CSIStorageCapacity",
  allowUnconditionalUpdate: false,
  defaults(o) {
    if (o.capacity !== undefined) o.capacity = canonical(o.capacity);
    if (o.maximumVolumeSize !== undefined) o.maximumVolumeSize = canonical(o.maximumVolumeSize);
  },
  validate,
  validateUpdate: (next, prev) =>
    (["nodeTopology", "storageClassName"] as const).flatMap((field) =>
      immutable(field, next[field], semanticEqual(next[field], prev[field])),
    ),
  warnings: notActedOn,
  columns: [
    nameColumn,
    { name: "StorageClassName", type: "string", value: (o) => o.storageClassName ?? "" },
    { name: "Capacity", type: "string", value: (o) => o.capacity ?? "<unset>" },
  ],
});

/** Source: storage validation `ValidateCSIStorageCapacity`. */
function validate(o: CSIStorageCapacity): FieldError[] {
  const amounts = (["capacity", "maximumVolumeSize"] as const).filter((field) => (Quantity.tryParse(o[field] ?? "0")?.sign() ?? 0) < 0);
  return [
    ...validateLabelSelector(o.nodeTopology, "nodeTopology"),
    ...broken("storageClassName", o.storageClassName ?? "", isDNS1123Subdomain(o.storageClassName ?? "")),
    ...amounts.map((field) => invalid(field, o[field], "must be greater than or equal to 0")),
  ];
}
