import { type FieldError, invalid, Quantity, required, semanticEqual, validateLabelSelector } from "@wherry/machinery";
import type { PersistentVolumeClaimSpec, TypedLocalObjectReference, TypedObjectReference } from "../../../generated/types.ts";
import { present } from "../../rules.ts";
import { validateAccessModes } from "../access-modes.ts";
import { canonicalize } from "../resources.ts";
import { validateClassAndMode } from "../storage-class-name.ts";

/** Source: v1 defaults `SetDefaults_PersistentVolumeClaim`. */
export function defaultClaim(o: { spec: PersistentVolumeClaimSpec; status?: { phase?: string } }): void {
  o.spec ??= {};
  o.status ??= {};
  o.status.phase ||= "Pending";
  defaultClaimSpec(o.spec);
}

/** Source: v1 defaults `SetDefaults_PersistentVolumeClaimSpec`. */
export function defaultClaimSpec(spec: PersistentVolumeClaimSpec): void {
  spec.volumeMode ??= "Filesystem";
  canonicalize(spec.resources?.requests);
  canonicalize(spec.resources?.limits);
}

/** The two fields for a source are one: what one says, the other says too. Source: upstream's `NormalizeDataSources`. */
export function mirrorDataSource(spec: PersistentVolumeClaimSpec): void {
  const { dataSource, dataSourceRef } = spec;
  if (dataSource && !dataSourceRef) spec.dataSourceRef = { ...dataSource };
  if (dataSourceRef && !dataSource && !dataSourceRef.namespace) {
    const { namespace: _, ...local } = dataSourceRef;
    spec.dataSource = local;
  }
}

/** Source: core validation `ValidatePersistentVolumeClaimSpec`. */
export function validateClaimSpec(spec: PersistentVolumeClaimSpec, path: string): FieldError[] {
  return [
    ...validateAccessModes(spec.accessModes, `${path}.accessModes`, "at least 1 access mode is required"),
    ...validateLabelSelector(spec.selector, `${path}.selector`),
    ...validateSize(spec.resources?.requests?.storage, `${path}.resources[storage]`),
    ...validateClassAndMode(spec, path),
    ...validateSource(spec.dataSource, `${path}.dataSource`),
    ...validateSource(spec.dataSourceRef, `${path}.dataSourceRef`),
    ...validateSame(spec, path),
  ];
}

function validateSize(size: string | undefined, path: string): FieldError[] {
  if (size === undefined) return [required(path)];
  const positive = (Quantity.tryParse(size)?.sign() ?? 0) > 0;
  return positive ? [] : [invalid(path, size, "must be greater than zero")];
}

function validateSource(source: TypedLocalObjectReference | TypedObjectReference | undefined, path: string): FieldError[] {
  if (!source) return [];
  const foreign = !source.apiGroup && source.kind && source.kind !== "PersistentVolumeClaim";
  return [
    ...present(`${path}.name`, source.name),
    ...present(`${path}.kind`, source.kind),
    ...(foreign ? [invalid(path, source.kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup")] : []),
  ];
}

function validateSame({ dataSource, dataSourceRef }: PersistentVolumeClaimSpec, path: string): FieldError[] {
  if (!dataSource || !dataSourceRef || semanticEqual(dataSource, dataSourceRef)) return [];
  return [invalid(path, dataSource.name, "must match dataSourceRef")];
}
