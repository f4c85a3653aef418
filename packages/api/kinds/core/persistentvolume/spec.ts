import { type FieldError, forbiddenField, invalid, notSupported, Quantity, required } from "@wherry/machinery";
import type { PersistentVolumeSpec } from "../../../generated/types.ts";
import { atMostOne, noBacksteps, oneOf, present } from "../../rules.ts";
import { validateDriverName } from "../../storage/driver-name.ts";
import { validateAccessModes } from "../access-modes.ts";
import { validateNodeSelector } from "../pod/affinity.ts";
import { validateHostPath } from "../pod/volume.ts";
import { missingFields } from "../pod/volume-other.ts";
import { validateClassAndMode } from "../storage-class-name.ts";
import { type SourceName, sourceNames } from "./source.ts";

/** Source: core validation `ValidatePersistentVolumeSpec`. */
export function validateVolumeSpec(spec: PersistentVolumeSpec, path: string): FieldError[] {
  return [
    ...validateAccessModes(spec.accessModes, `${path}.accessModes`),
    ...validateCapacity(spec.capacity, `${path}.capacity`),
    ...oneOf(`${path}.persistentVolumeReclaimPolicy`, spec.persistentVolumeReclaimPolicy, ["Delete", "Recycle", "Retain"]),
    ...validateAffinity(spec, `${path}.nodeAffinity`),
    ...validateSources(spec, path),
    ...validateRecycling(spec, path),
    ...validateClassAndMode(spec, path),
  ];
}

function validateCapacity(capacity: Record<string, string> | undefined, path: string): FieldError[] {
  const names = Object.keys(capacity ?? {});
  const only = names.length === 1 && names[0] === "storage";
  return [
    ...(names.length === 0 ? [required(path)] : []),
    ...(only ? [] : [notSupported(path, capacity ?? {}, ["storage"])]),
    ...Object.entries(capacity ?? {}).flatMap(([name, amount]) => {
      const positive = (Quantity.tryParse(amount)?.sign() ?? 0) > 0;
      return positive ? [] : [invalid(`${path}[${name}]`, amount, "must be greater than zero")];
    }),
  ];
}

function validateAffinity({ nodeAffinity }: PersistentVolumeSpec, path: string): FieldError[] {
  if (!nodeAffinity) return [];
  if (!nodeAffinity.required) return [required(`${path}.required`, "must specify required node constraints")];
  return validateNodeSelector(nodeAffinity.required, `${path}.required`);
}

function validateSources(spec: PersistentVolumeSpec, path: string): FieldError[] {
  const names = sourceNames(spec);
  const [first] = names;
  if (!first) return [required(path, "must specify a volume type")];
  return [...atMostOne(path, names, "may not specify more than 1 volume type"), ...validateSource(spec, first, `${path}.${first}`)];
}

function validateSource(spec: PersistentVolumeSpec, name: SourceName, path: string): FieldError[] {
  if (name === "hostPath") return validateHostPath(spec.hostPath!, path);
  if (name === "local") return validateLocal(spec, path);
  if (name === "csi")
    return [...validateDriverName(spec.csi?.driver, `${path}.driver`), ...present(`${path}.volumeHandle`, spec.csi?.volumeHandle)];
  return missingFields(spec[name], name, path);
}

function validateLocal({ local, nodeAffinity }: PersistentVolumeSpec, path: string): FieldError[] {
  const missing = nodeAffinity?.required ? [] : [required("spec.nodeAffinity", "Local volume requires node affinity")];
  return [...present(`${path}.path`, local?.path), ...noBacksteps(`${path}.path`, local?.path ?? ""), ...missing];
}

function validateRecycling({ hostPath, persistentVolumeReclaimPolicy: policy }: PersistentVolumeSpec, path: string): FieldError[] {
  const root = hostPath && /^\/+$/.test(hostPath.path ?? "") && policy === "Recycle";
  return root ? [forbiddenField(`${path}.persistentVolumeReclaimPolicy`, "may not be 'recycle' for a hostPath mount of '/'")] : [];
}
