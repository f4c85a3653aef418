import { type FieldError, invalid, required } from "@wherry/machinery";
import type { ConfigMapVolumeSource, KeyToPath, SecretVolumeSource } from "../../../generated/types.ts";
import { descendingPath, each, present } from "../../rules.ts";

/** `0644`: what files of a volume get when nobody says otherwise. */
export const DEFAULT_MODE = 0o644;
const MODE_RANGE = "must be a number between 0 and 0777 (octal), both inclusive";

export function defaultFiles(source: { defaultMode?: number }): void {
  source.defaultMode ??= DEFAULT_MODE;
}

export function validateMode(path: string, mode: number | undefined): FieldError[] {
  return mode === undefined || (mode >= 0 && mode <= 0o777) ? [] : [invalid(path, mode, MODE_RANGE)];
}

/** A path of a file in a volume. `..data` and the like are the volume's own. Source: core `validateLocalNonReservedPath`. */
export function validateFilePath(path: string, value: string | undefined): FieldError[] {
  if (!value) return [required(path)];
  const reserved = value.startsWith("..") && !value.startsWith("../") ? [invalid(path, value, "must not start with '..'")] : [];
  return [...descendingPath(path, value), ...reserved];
}

/** Source: core validation `validateKeyToPath`. */
export function validateItems(items: readonly KeyToPath[] | undefined, path: string): FieldError[] {
  return each(items, path, (item, at) => [
    ...present(`${at}.key`, item.key),
    ...validateFilePath(`${at}.path`, item.path),
    ...validateMode(`${at}.mode`, item.mode),
  ]);
}

export function validateSecret(s: SecretVolumeSource, path: string): FieldError[] {
  return [
    ...present(`${path}.secretName`, s.secretName),
    ...validateMode(`${path}.defaultMode`, s.defaultMode),
    ...validateItems(s.items, `${path}.items`),
  ];
}

export function validateConfigMap(c: ConfigMapVolumeSource, path: string): FieldError[] {
  return [
    ...present(`${path}.name`, c.name),
    ...validateMode(`${path}.defaultMode`, c.defaultMode),
    ...validateItems(c.items, `${path}.items`),
  ];
}
