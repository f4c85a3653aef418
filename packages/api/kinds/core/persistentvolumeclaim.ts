import { defineKind, type FieldError, forbiddenField, Quantity, semanticEqual } from "@wherry/machinery";
import type { PersistentVolumeClaimSpec, PersistentVolumeClaim as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { type InertField, inertFieldWarnings, NO_EFFECT } from "../inert-field.ts";
import { immutable } from "../rules.ts";
import { keepOtherHalf } from "../status.ts";
import { accessModesCell } from "./access-modes.ts";
import { defaultClaim, mirrorDataSource, validateClaimSpec } from "./persistentvolumeclaim/spec.ts";
import { canonicalize } from "./resources.ts";
import { storageClassOf } from "./storage-class-name.ts";

export type PersistentVolumeClaim = Type;

/** What a claim may say in vain. */
export const CLAIM_INERT_FIELDS: readonly InertField[] = [{ path: "spec.volumeAttributesClassName", note: NO_EFFECT }];

export const PersistentVolumeClaim = defineKind<PersistentVolumeClaim>({
  group: "",
  version: "v1",
  kind: "PersistentVolumeClaim",
  plural: "persistentvolumeclaims",
  singular: "persistentvolumeclaim",
  shortNames: ["pvc"],
  scope: "Namespaced",
  schema: "io.k8s.api.core.v1.PersistentVolumeClaim",
  returnsDeleted: true,
  subresources: { status: { type: "status" } },
  prepareForCreate(o) {
    o.status = { phase: "Pending" };
    if (o.spec) mirrorDataSource(o.spec);
  },
  prepareForUpdate(next, prev, context) {
    keepOtherHalf(next, prev, context);
    if (next.spec) mirrorDataSource(next.spec);
  },
  defaults(o) {
    defaultClaim(o);
    canonicalize(o.status?.capacity);
    canonicalize(o.status?.allocatedResources);
  },
  validate: (o) => validateClaimSpec(o.spec, "spec"),
  validateUpdate,
  warnings: (o) => [...inertFieldWarnings(o, CLAIM_INERT_FIELDS), ...fractionWarnings(o.spec ?? {})],
  columns: [
    nameColumn,
    { name: "Status", type: "string", value: (o) => (o.metadata.deletionTimestamp ? "Terminating" : (o.status?.phase ?? "")) },
    { name: "Volume", type: "string", value: (o) => o.spec.volumeName ?? "" },
    { name: "Capacity", type: "string", value: (o) => (o.spec.volumeName ? (o.status?.capacity?.storage ?? "0") : "") },
    { name: "Access Modes", type: "string", value: (o) => (o.spec.volumeName ? accessModesCell(o.status?.accessModes) : "") },
    { name: "StorageClass", type: "string", value: (o) => storageClassOf(o) ?? "" },
    { name: "VolumeAttributesClass", type: "string", value: (o) => o.spec.volumeAttributesClassName ?? "<unset>" },
    ageColumn,
    { name: "VolumeMode", type: "string", priority: 1, value: (o) => o.spec.volumeMode ?? "<unset>" },
  ],
});

const FIXED = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";

/** A claim may be bound once, and then grow. Source: core validation `ValidatePersistentVolumeClaimUpdate`. */
function validateUpdate(next: Type, prev: Type): FieldError[] {
  const bound = next.status?.phase === "Bound";
  const comparable = (spec: PersistentVolumeClaimSpec): PersistentVolumeClaimSpec => ({
    ...spec,
    ...(!prev.spec.volumeName && { volumeName: "" }),
    ...(bound && { resources: { ...spec.resources, requests: {} }, volumeAttributesClassName: "" }),
    ...(classAppears(next, prev) && { storageClassName: "" }),
  });
  const changed = !semanticEqual(comparable(next.spec), comparable(prev.spec));
  const [size, before] = [next, prev].map((o) => Quantity.tryParse(o.spec.resources?.requests?.storage ?? "0"));
  const shrinks = size && before && size.compare(before) < 0;
  return [
    ...(changed ? [forbiddenField("spec", FIXED)] : []),
    ...(shrinks ? [forbiddenField("spec.resources.requests.storage", "field can not be less than previous value")] : []),
    ...immutable("volumeMode", next.spec.volumeMode, next.spec.volumeMode === prev.spec.volumeMode),
  ];
}

/** A claim without a class may get one as long as it is not bound. */
function classAppears(next: Type, prev: Type): boolean {
  return prev.spec.storageClassName === undefined && Boolean(next.spec.storageClassName) && !prev.spec.volumeName;
}

/** Source: upstream's `api/persistentvolumeclaim` GetWarningsForPersistentVolumeClaimSpec. */
function fractionWarnings({ resources }: PersistentVolumeClaimSpec): string[] {
  const size = Quantity.tryParse(resources?.requests?.storage ?? "0");
  if (!size || size.milliValue() % 1000 === 0) return [];
  return [`spec.resources.requests[storage]: fractional byte value "${size}" is invalid, must be an integer`];
}
