import { rfc3339 } from "@wherry/base";
import { defineKind, type FieldError, forbiddenField, semanticEqual } from "@wherry/machinery";
import type { PersistentVolume as Type } from "../../generated/types.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { inertFieldWarnings } from "../inert-field.ts";
import { immutable } from "../rules.ts";
import { keepOtherHalf } from "../status.ts";
import { accessModesCell } from "./access-modes.ts";
import { defaultVolumeSource, VOLUME_INERT_FIELDS, volumeSource } from "./persistentvolume/source.ts";
import { validateVolumeSpec } from "./persistentvolume/spec.ts";
import { volumeWarnings } from "./persistentvolume/warnings.ts";
import { canonicalize } from "./resources.ts";
import { storageClassOf } from "./storage-class-name.ts";

export type PersistentVolume = Type;

export const PersistentVolume = defineKind<PersistentVolume>({
  group: "",
  version: "v1",
  kind: "PersistentVolume",
  plural: "persistentvolumes",
  singular: "persistentvolume",
  shortNames: ["pv"],
  scope: "Cluster",
  schema: "io.k8s.api.core.v1.PersistentVolume",
  returnsDeleted: true,
  subresources: { status: { type: "status" } },
  prepareForCreate(o, { now }) {
    o.status = { phase: "Pending", lastPhaseTransitionTime: rfc3339(now) };
  },
  prepareForUpdate(next, prev, context) {
    keepOtherHalf(next, prev, context);
    if (context.subresource !== "status" || !next.status || next.status.phase === prev.status?.phase) return;
    if (next.status.lastPhaseTransitionTime === prev.status?.lastPhaseTransitionTime)
      next.status.lastPhaseTransitionTime = rfc3339(context.now);
  },
  defaults(o) {
    o.spec ??= {};
    o.status ??= {};
    o.status.phase ||= "Pending";
    o.spec.persistentVolumeReclaimPolicy ||= "Retain";
    o.spec.volumeMode ??= "Filesystem";
    canonicalize(o.spec.capacity);
    defaultVolumeSource(o.spec);
  },
  validate: (o) => validateVolumeSpec(o.spec, "spec"),
  validateUpdate,
  warnings: (o) => [...inertFieldWarnings(o, VOLUME_INERT_FIELDS), ...volumeWarnings(o)],
  columns: [
    nameColumn,
    { name: "Capacity", type: "string", value: (o) => o.spec.capacity?.storage ?? "0" },
    { name: "Access Modes", type: "string", value: (o) => accessModesCell(o.spec.accessModes) },
    { name: "Reclaim Policy", type: "string", value: (o) => o.spec.persistentVolumeReclaimPolicy ?? "" },
    { name: "Status", type: "string", value: (o) => (o.metadata.deletionTimestamp ? "Terminating" : (o.status?.phase ?? "")) },
    { name: "Claim", type: "string", value: claimCell },
    { name: "StorageClass", type: "string", value: (o) => storageClassOf(o) ?? "" },
    { name: "VolumeAttributesClass", type: "string", value: (o) => o.spec.volumeAttributesClassName ?? "<unset>" },
    { name: "Reason", type: "string", value: (o) => o.status?.reason ?? "" },
    ageColumn,
    { name: "VolumeMode", type: "string", priority: 1, value: (o) => o.spec.volumeMode ?? "<unset>" },
  ],
});

function claimCell({ spec }: PersistentVolume): string {
  return spec.claimRef ? `${spec.claimRef.namespace ?? ""}/${spec.claimRef.name ?? ""}` : "";
}

/** Source: core validation `ValidatePersistentVolumeUpdate`. */
function validateUpdate({ spec: next }: Type, { spec: prev }: Type): FieldError[] {
  const moved = !semanticEqual(volumeSource(next), volumeSource(prev));
  const path = "spec.persistentvolumesource";
  return [
    ...(moved ? [forbiddenField(path, `${path} is immutable after creation`)] : []),
    ...immutable("volumeMode", next.volumeMode, next.volumeMode === prev.volumeMode),
    ...(prev.nodeAffinity ? immutable("nodeAffinity", next.nodeAffinity, semanticEqual(next.nodeAffinity, prev.nodeAffinity)) : []),
  ];
}
