import { UsageError } from "../errors.ts";

/** A mapping of a manifest. */
export type Data = { [key: string]: unknown };

/** What an object is called at one time. */
export interface Id {
  apiVersion: string;
  kind: string;
  name: string;
  namespace: string;
}

/** An object on its way through kustomizations, which may call it by any name that it ever had. */
export interface Resource {
  object: Data & { apiVersion: string; kind: string; metadata: Data & { name: string; namespace?: string } };
  /** What it was called before, the oldest first. */
  previous: Id[];
  /** The prefixes and suffixes that its kustomizations gave, from the inside out: they tell apart what had the same name. */
  affixes: string[];
  /** Whether a hash of the content is to end its name. */
  hashed: boolean;
}

export const isData = (value: unknown): value is Data => typeof value === "object" && value !== null && !Array.isArray(value);

/** A new resource. Throws a UsageError when the object has no name. */
export function resourceOf(object: object, source: string): Resource {
  const { metadata, kind } = object as Resource["object"];
  if (typeof metadata?.name !== "string" || !metadata.name) throw new UsageError(`missing metadata.name in object ${kind} of ${source}`);
  return { object: object as Resource["object"], previous: [], affixes: [], hashed: false };
}

/** What it is called now. */
export function idOf({ object: { apiVersion, kind, metadata } }: Resource): Id {
  return { apiVersion, kind, name: metadata.name, namespace: metadata.namespace ?? "" };
}

/** All that it was ever called, the newest first. */
export const idsOf = (resource: Resource): Id[] => [idOf(resource), ...resource.previous.toReversed()];

export const groupOf = (apiVersion: string): string => (apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "");
export const versionOf = (apiVersion: string): string => apiVersion.slice(apiVersion.indexOf("/") + 1);

/** `Deployment.v1.apps/web.[noNs]`. Source: kustomize's resid. */
export function idText({ apiVersion, kind, name, namespace }: Id): string {
  return `${kind}.${versionOf(apiVersion)}.${groupOf(apiVersion) || "[noGrp]"}/${name}.${namespace || "[noNs]"}`;
}

/** No namespace is the default one. */
export function sameId(a: Id, b: Id): boolean {
  const place = ({ namespace }: Id) => namespace || "default";
  return a.apiVersion === b.apiVersion && a.kind === b.kind && a.name === b.name && place(a) === place(b);
}

/** Those that are, or were, called so. */
export const withId = (resources: readonly Resource[], id: Id): Resource[] =>
  resources.filter((one) => idsOf(one).some((other) => sameId(other, id)));

/** Changes the name or the namespace, and keeps in mind what they were. */
export function rename(resource: Resource, change: { name?: string; namespace?: string }): void {
  resource.previous.push(idOf(resource));
  Object.assign(resource.object.metadata, change);
}

/** Adds resources. Throws a UsageError when one is there already. */
export function addResources(all: Resource[], more: readonly Resource[]): void {
  for (const resource of more) {
    const id = idOf(resource);
    if (all.some((one) => sameId(idOf(one), id))) throw new UsageError(`may not add resource with an already registered id: ${idText(id)}`);
    all.push(resource);
  }
}
