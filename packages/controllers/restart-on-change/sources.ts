import type { Container, PodSpec } from "@wherry/api";

/** A ConfigMap or Secret that containers or volumes are made from. */
export interface Source {
  kind: "ConfigMap" | "Secret";
  name: string;
  /** Whether pods can start without it wherever it is used. */
  optional: boolean;
}

/** How a source is named in annotations and messages, and filed in indexes within its namespace. */
export const nameOf = ({ kind, name }: Pick<Source, "kind" | "name">): string => `${kind}/${name}`;

/** What a pod's environment and volumes come from, each once, in the order of their names. The secrets that only pull images are not among it. */
export function sourcesOf(spec: PodSpec | undefined): Source[] {
  const used = [...containersOf(spec).flatMap(environmentOf), ...volumesOf(spec)];
  const byName = new Map<string, Source>();
  for (const source of used) {
    const known = byName.get(nameOf(source));
    byName.set(nameOf(source), known ? { ...source, optional: known.optional && source.optional } : source);
  }
  return [...byName.values()].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

const containersOf = (spec: PodSpec | undefined): Container[] => [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];

/** A reference of any of the places. */
interface Reference {
  name?: string;
  secretName?: string;
  optional?: boolean;
}

function source(kind: Source["kind"], reference: Reference | undefined): Source[] {
  const name = reference?.name || reference?.secretName;
  return name ? [{ kind, name, optional: reference?.optional ?? false }] : [];
}

function environmentOf({ env = [], envFrom = [] }: Container): Source[] {
  return [
    ...env.flatMap((e) => [...source("ConfigMap", e.valueFrom?.configMapKeyRef), ...source("Secret", e.valueFrom?.secretKeyRef)]),
    ...envFrom.flatMap((e) => [...source("ConfigMap", e.configMapRef), ...source("Secret", e.secretRef)]),
  ];
}

function volumesOf(spec: PodSpec | undefined): Source[] {
  return (spec?.volumes ?? []).flatMap((volume) =>
    [volume, ...(volume.projected?.sources ?? [])].flatMap((v) => [...source("ConfigMap", v.configMap), ...source("Secret", v.secret)]),
  );
}
