import { duplicate, type FieldError, forbiddenField, isDNS1123Label, Quantity, required } from "@wherry/machinery";
import type { Volume } from "../../../generated/types.ts";
import { atMostOne, each, named, noBacksteps, oneOfIfSet, present } from "../../rules.ts";
import { canonical } from "../resources.ts";
import { defaultDownward, validateDownward } from "./volume-downward.ts";
import { defaultFiles, validateConfigMap, validateSecret } from "./volume-files.ts";
import { defaultOtherVolume, validateOtherVolume } from "./volume-other.ts";
import { defaultProjected, validateProjected } from "./volume-projected.ts";

/** The kind of a volume: the one member besides its name. */
export type VolumeSource = Exclude<keyof Volume, "name">;

/** What kinds of source a volume has: one, when it is valid. */
export function sourcesOf(v: Volume): VolumeSource[] {
  return (Object.keys(v) as (keyof Volume)[]).filter(
    (key): key is VolumeSource => key !== "name" && v[key] !== undefined && v[key] !== null,
  );
}

/** Source: v1 defaults `SetDefaults_Volume` and those of each source. */
export function defaultVolume(v: Volume): void {
  if (sourcesOf(v).length === 0) v.emptyDir = {};
  if (v.emptyDir?.sizeLimit !== undefined) v.emptyDir.sizeLimit = canonical(v.emptyDir.sizeLimit);
  if (v.hostPath) v.hostPath.type ??= "";
  if (v.secret) defaultFiles(v.secret);
  if (v.configMap) defaultFiles(v.configMap);
  if (v.downwardAPI) defaultDownward(v.downwardAPI);
  if (v.projected) defaultProjected(v.projected);
  defaultOtherVolume(v);
}

/** Source: core validation `ValidateVolumes`. */
export function validateVolumes(volumes: readonly Volume[] | undefined, path: string): FieldError[] {
  const names = new Set<string>();
  return each(volumes, path, (v, at) => {
    const taken = v.name && names.has(v.name) ? [duplicate(`${at}.name`, v.name)] : [];
    names.add(v.name);
    return [...validateVolumeSource(v, at), ...named(`${at}.name`, v.name, isDNS1123Label), ...taken];
  });
}

function validateVolumeSource(v: Volume, path: string): FieldError[] {
  const sources = sourcesOf(v);
  const [first] = sources;
  if (!first) return [required(path, "must specify a volume type")];
  return [...atMostOne(path, sources, "may not specify more than 1 volume type"), ...validateSource(v, first, `${path}.${first}`)];
}

function validateSource(v: Volume, source: VolumeSource, path: string): FieldError[] {
  switch (source) {
    case "emptyDir":
      return sizeLimit(v.emptyDir?.sizeLimit, `${path}.sizeLimit`);
    case "hostPath":
      return validateHostPath(v.hostPath!, path);
    case "secret":
      return validateSecret(v.secret!, path);
    case "configMap":
      return validateConfigMap(v.configMap!, path);
    case "downwardAPI":
      return validateDownward(v.downwardAPI!, path);
    case "projected":
      return validateProjected(v.projected!, path);
    default:
      return validateOtherVolume(v, source, path);
  }
}

function sizeLimit(limit: string | undefined, path: string): FieldError[] {
  const quantity = Quantity.tryParse(limit ?? "0");
  return quantity && quantity.sign() >= 0 ? [] : [forbiddenField(path, "SizeLimit field must be a valid resource quantity")];
}

const HOST_PATH_TYPES = ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];

/** Source: core validation `validateHostPathVolumeSource`. */
export function validateHostPath(h: NonNullable<Volume["hostPath"]>, path: string): FieldError[] {
  const missing = present(`${path}.path`, h.path);
  if (missing.length > 0) return missing;
  return [...noBacksteps(`${path}.path`, h.path), ...oneOfIfSet(`${path}.type`, h.type, HOST_PATH_TYPES)];
}
