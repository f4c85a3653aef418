import { duplicate, type FieldError, forbiddenField, invalid, notFoundValue, required } from "@wherry/machinery";
import type { Container } from "../../../generated/types.ts";
import { descendingPath, each, noBacksteps, oneOfIfSet } from "../../rules.ts";

type Mount = NonNullable<Container["volumeMounts"]>[number];

/** Source: core validation `ValidateVolumeMounts`. */
export function validateMounts(c: Container, volumes: ReadonlySet<string>, path: string): FieldError[] {
  const taken = new Set<string>();
  return each(c.volumeMounts, `${path}.volumeMounts`, (m, at) => {
    const errors = [...nameErrors(m, volumes, at), ...mountPathErrors(m, taken, at), ...subPathErrors(m, at), ...propagation(m, c, at)];
    taken.add(m.mountPath);
    return errors;
  });
}

function nameErrors(m: Mount, volumes: ReadonlySet<string>, path: string): FieldError[] {
  if (!m.name) return [required(`${path}.name`)];
  return volumes.has(m.name) ? [] : [notFoundValue(`${path}.name`, m.name)];
}

function mountPathErrors(m: Mount, taken: ReadonlySet<string>, path: string): FieldError[] {
  if (!m.mountPath) return [required(`${path}.mountPath`)];
  return taken.has(m.mountPath) ? [invalid(`${path}.mountPath`, m.mountPath, "must be unique")] : [];
}

function subPathErrors(m: Mount, path: string): FieldError[] {
  if (m.subPath && m.subPathExpr) {
    return [invalid(`${path}.subPathExpr`, m.subPathExpr, "subPathExpr and subPath are mutually exclusive")];
  }
  if (m.subPath) return descendingPath(`${path}.subPath`, m.subPath);
  return m.subPathExpr ? descendingPath(`${path}.subPathExpr`, m.subPathExpr) : [];
}

function propagation(m: Mount, c: Container, path: string): FieldError[] {
  const at = `${path}.mountPropagation`;
  const detail = "Bidirectional mount propagation is available only to privileged containers";
  const privileged = c.securityContext?.privileged ?? false;
  return [
    ...(m.mountPropagation === "Bidirectional" && !privileged ? [forbiddenField(at, detail)] : []),
    ...oneOfIfSet(at, m.mountPropagation, ["Bidirectional", "HostToContainer", "None"]),
  ];
}

/** Source: core validation `ValidateVolumeDevices`. */
export function validateDevices(c: Container, volumes: ReadonlySet<string>, path: string): FieldError[] {
  const paths = new Set<string>();
  const mounted = new Set((c.volumeMounts ?? []).map((m) => m.mountPath));
  return each(c.volumeDevices, `${path}.volumeDevices`, (d, at) => {
    const errors: FieldError[] = [];
    if (!d.name) errors.push(required(`${at}.name`));
    else if (!volumes.has(d.name)) errors.push(notFoundValue(`${at}.name`, d.name));
    if (!d.devicePath) errors.push(required(`${at}.devicePath`));
    else if (paths.has(d.devicePath)) errors.push(duplicate(`${at}.devicePath`, d.devicePath));
    else if (mounted.has(d.devicePath))
      errors.push(invalid(`${at}.devicePath`, d.devicePath, "must not already exist as a path in volumeMounts"));
    paths.add(d.devicePath);
    return [...errors, ...noBacksteps(`${at}.devicePath`, d.devicePath ?? "")];
  });
}
