import { type FieldError, invalid, required } from "@wherry/machinery";
import type { DownwardAPIVolumeFile, DownwardAPIVolumeSource } from "../../../generated/types.ts";
import { each } from "../../rules.ts";
import { defaultFieldRef, defaultResourceFieldRef, VOLUME_FIELDS, validateFieldRef, validateResourceFieldRef } from "./downward.ts";
import { defaultFiles, validateFilePath, validateMode } from "./volume-files.ts";

export function defaultDownward(d: DownwardAPIVolumeSource): void {
  defaultFiles(d);
  defaultDownwardItems(d.items);
}

export function defaultDownwardItems(items: readonly DownwardAPIVolumeFile[] | undefined): void {
  for (const item of items ?? []) {
    defaultFieldRef(item.fieldRef);
    defaultResourceFieldRef(item.resourceFieldRef);
  }
}

export function validateDownward(d: DownwardAPIVolumeSource, path: string): FieldError[] {
  return [...validateMode(`${path}.defaultMode`, d.defaultMode), ...validateDownwardItems(d.items, path)];
}

/** Source: core validation `validateDownwardAPIVolumeFile`. */
export function validateDownwardItems(items: readonly DownwardAPIVolumeFile[] | undefined, path: string): FieldError[] {
  return each(items, `${path}.items`, (item, at) => [
    ...validateFilePath(`${at}.path`, item.path),
    ...validateSource(item, at),
    ...validateMode(`${at}.mode`, item.mode),
  ]);
}

function validateSource(item: DownwardAPIVolumeFile, path: string): FieldError[] {
  if (item.fieldRef) {
    const both = item.resourceFieldRef
      ? [invalid(path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously")]
      : [];
    return [...validateFieldRef(item.fieldRef, `${path}.fieldRef`, VOLUME_FIELDS), ...both];
  }
  if (item.resourceFieldRef) return validateResourceFieldRef(item.resourceFieldRef, `${path}.resourceFieldRef`, true);
  return [required(path, "one of fieldRef and resourceFieldRef is required")];
}
