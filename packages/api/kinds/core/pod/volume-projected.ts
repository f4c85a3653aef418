import { type FieldError, invalid, required } from "@wherry/machinery";
import type { ProjectedVolumeSource, VolumeProjection } from "../../../generated/types.ts";
import { atMostOne, each, present } from "../../rules.ts";
import { defaultDownwardItems, validateDownwardItems } from "./volume-downward.ts";
import { defaultFiles, validateFilePath, validateItems, validateMode } from "./volume-files.ts";

const TOKEN_SECONDS = 3600;
const SHORTEST_TOKEN_SECONDS = 600;
const LONGEST_TOKEN_SECONDS = 2 ** 32;
const MEMBERS = ["clusterTrustBundle", "configMap", "downwardAPI", "secret", "serviceAccountToken"] as const;

export function defaultProjected(p: ProjectedVolumeSource): void {
  defaultFiles(p);
  for (const source of p.sources ?? []) {
    if (source.serviceAccountToken) source.serviceAccountToken.expirationSeconds ??= TOKEN_SECONDS;
    defaultDownwardItems(source.downwardAPI?.items);
  }
}

/** Source: core validation `validateProjectedVolumeSource`. */
export function validateProjected(p: ProjectedVolumeSource, path: string): FieldError[] {
  const taken = new Set<string>();
  return [
    ...validateMode(`${path}.defaultMode`, p.defaultMode),
    ...each(p.sources, `${path}.sources`, (source, at) => [
      ...atMostOne(
        at,
        MEMBERS.filter((m) => source[m]),
        "may not specify more than 1 volume type",
      ),
      ...validateSource(source, at),
      ...conflicts(source, taken, at),
    ]),
  ];
}

function validateSource(s: VolumeProjection, path: string): FieldError[] {
  if (s.secret) return [...present(`${path}.secret.name`, s.secret.name), ...validateItems(s.secret.items, `${path}.secret.items`)];
  if (s.configMap) {
    return [...present(`${path}.configMap.name`, s.configMap.name), ...validateItems(s.configMap.items, `${path}.configMap.items`)];
  }
  if (s.downwardAPI) return validateDownwardItems(s.downwardAPI.items, `${path}.downwardAPI`);
  if (s.serviceAccountToken) return validateToken(s.serviceAccountToken, `${path}.serviceAccountToken`);
  return s.clusterTrustBundle
    ? validateFilePath(`${path}.clusterTrustBundle.path`, s.clusterTrustBundle.path)
    : [required(path, "must specify a volume type")];
}

function validateToken(t: NonNullable<VolumeProjection["serviceAccountToken"]>, path: string): FieldError[] {
  const at = `${path}.expirationSeconds`;
  const seconds = t.expirationSeconds ?? TOKEN_SECONDS;
  const errors = validateFilePath(`${path}.path`, t.path);
  if (seconds < SHORTEST_TOKEN_SECONDS) errors.push(invalid(at, seconds, "may not specify a duration less than 10 minutes"));
  if (seconds > LONGEST_TOKEN_SECONDS) errors.push(invalid(at, seconds, "may not specify a duration larger than 2^32 seconds"));
  return errors;
}

function conflicts(s: VolumeProjection, taken: Set<string>, path: string): FieldError[] {
  const items = [...(s.secret?.items ?? []), ...(s.configMap?.items ?? []), ...(s.downwardAPI?.items ?? [])];
  const paths = [...items.map((i) => i.path), ...(s.serviceAccountToken ? [s.serviceAccountToken.path] : [])];
  return paths.flatMap((p) => {
    if (taken.has(p)) return [invalid(path, p, "conflicting duplicate paths")];
    taken.add(p);
    return [];
  });
}
