import { type ApiObject, apiVersionOf, type KindDefinition } from "@wherry/machinery";
import type { ListQuery, ObjectName, WatchQuery, WriteOptions } from "./client.ts";

type AnyKind = Pick<KindDefinition<ApiObject>, "group" | "version" | "kind" | "plural" | "scope">;

/** The path of a collection: of one namespace, or of all when it is absent. */
export function collectionPath(kind: AnyKind, namespace: string | undefined): string {
  const root = kind.group ? `/apis/${apiVersionOf(kind)}` : `/api/${kind.version}`;
  const scope = kind.scope === "Namespaced" && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  return `${root}${scope}/${kind.plural}`;
}

/** The path of one object or of its subresource. Throws when a name or a needed namespace is missing. */
export function objectPath(kind: AnyKind, name: ObjectName, subresource?: string): string {
  if (!name.name) throw new Error(`a ${kind.kind} is addressed by its name: the name is empty`);
  const path = `${namespacedCollection(kind, name.namespace)}/${encodeURIComponent(name.name)}`;
  return subresource ? `${path}/${subresource}` : path;
}

/** The collection that an object of this kind is created in. Throws when a needed namespace is missing. */
export function namespacedCollection(kind: AnyKind, namespace: string | undefined): string {
  if (kind.scope === "Namespaced" && !namespace) throw new Error(`a ${kind.kind} lives in a namespace: say which`);
  return collectionPath(kind, namespace);
}

export function listParameters(query: ListQuery): string {
  return queryString({
    labelSelector: query.labelSelector,
    fieldSelector: query.fieldSelector,
    limit: query.limit,
    continue: query.continue,
    resourceVersion: query.resourceVersion,
  });
}

export function watchParameters(query: WatchQuery): string {
  return queryString({
    watch: "true",
    allowWatchBookmarks: query.allowWatchBookmarks,
    labelSelector: query.labelSelector,
    fieldSelector: query.fieldSelector,
    resourceVersion: query.resourceVersion,
    timeoutSeconds: query.timeoutSeconds,
  });
}

export function writeParameters(options: WriteOptions & { force?: boolean }): string {
  return queryString({
    dryRun: options.dryRun ? "All" : undefined,
    fieldManager: options.fieldManager,
    fieldValidation: options.fieldValidation,
    force: options.force,
  });
}

function queryString(parameters: Record<string, string | number | boolean | undefined>): string {
  const pairs = Object.entries(parameters)
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  return pairs.length > 0 ? `?${pairs.join("&")}` : "";
}
