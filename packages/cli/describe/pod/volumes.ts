import type { DownwardAPIVolumeSource, EphemeralVolumeSource, ProjectedVolumeSource, Volume } from "@wherry/api";
import { type Description, sortedKeys } from "../description.ts";
import { addClaimBasics } from "../persistentvolumeclaim.ts";
import { SOURCE_WORDS, type Source, type SourceWords } from "./volume-sources.ts";

/** The volumes of a pod, or of a template when `space` is given. */
export function addVolumes(d: Description, volumes: readonly Volume[] = [], space = ""): void {
  if (!volumes.length) {
    d.line(0, `${space}Volumes:`, "<none>");
    return;
  }
  d.line(0, `${space}Volumes:`);
  for (const { name, ...sources } of volumes) {
    d.line(1, `${space && " "}${name}:`);
    addVolume(d, sources);
  }
}

function addVolume(d: Description, sources: Omit<Volume, "name">): void {
  const { projected, downwardAPI, ephemeral } = sources;
  if (projected) addProjected(d, projected);
  else if (downwardAPI) addDownward(d, downwardAPI);
  else if (ephemeral) addEphemeral(d, ephemeral);
  else if (!addSource(d, sources as Source, SOURCE_WORDS)) d.line(1, "<unknown>");
}

/** The one of the sources that is there; says whether any of the known ones is. */
export function addSource(d: Description, sources: Source, words: Readonly<Record<string, SourceWords>>): boolean {
  const name = Object.keys(words).find((key) => sources[key] !== undefined && sources[key] !== null);
  if (name === undefined) return false;
  const source = sources[name] as Source;
  const { type, rows } = words[name] as SourceWords;
  d.line(2, "Type:", type);
  for (const [title, value] of rows) addRow(d, title, value(source));
  if (name === "csi") addAttributes(d, source.volumeAttributes as Record<string, string> | undefined);
  return true;
}

/** Two titles are not written like the others. */
function addRow(d: Description, title: string, value: string): void {
  d.line(2, title === "ISCSIInterface" ? title : title === "Kind" ? "Kind: " : `${title}:`, value);
}

const MAX_ATTRIBUTE = 140;

function addAttributes(d: Description, attributes: Readonly<Record<string, string>> | undefined): void {
  d.write(2, "VolumeAttributes:\t");
  const keys = sortedKeys(attributes);
  if (!keys.length) {
    d.line(0, "<none>");
    return;
  }
  for (const [i, key] of keys.entries()) {
    if (i > 0) {
      d.write(2, "");
      d.write(2, "\t");
    }
    const line = `${key}=${attributes?.[key]}`;
    d.line(2, line.length > MAX_ATTRIBUTE ? `${line.slice(0, MAX_ATTRIBUTE)}...` : line);
  }
}

function addProjected(d: Description, { sources = [] }: ProjectedVolumeSource): void {
  d.line(2, "Type:", "Projected (a volume that contains injected data from multiple sources)");
  for (const { secret, downwardAPI, configMap, serviceAccountToken } of sources) {
    if (secret) {
      d.line(2, "SecretName:", secret.name ?? "");
      d.line(2, "Optional:", String(secret.optional ?? false));
    } else if (downwardAPI) d.line(2, "DownwardAPI:", "true");
    else if (configMap) {
      d.line(2, "ConfigMapName:", configMap.name ?? "");
      d.line(2, "Optional:", configMap.optional === undefined ? "false" : String(configMap.optional));
    } else if (serviceAccountToken) d.line(2, "TokenExpirationSeconds:", String(serviceAccountToken.expirationSeconds ?? 0));
  }
}

function addDownward(d: Description, { items = [] }: DownwardAPIVolumeSource): void {
  d.line(2, "Type:", "DownwardAPI (a volume populated by information about the pod)");
  d.line(2, "Items:");
  for (const { path, fieldRef, resourceFieldRef } of items) {
    if (fieldRef) d.line(3, `${fieldRef.fieldPath} -> ${path}`);
    if (resourceFieldRef) d.line(3, `${resourceFieldRef.resource} -> ${path}`);
  }
}

function addEphemeral(d: Description, { volumeClaimTemplate: template }: EphemeralVolumeSource): void {
  d.line(2, "Type:", "EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)");
  if (template) addClaimBasics(d.nested(2), template);
}
