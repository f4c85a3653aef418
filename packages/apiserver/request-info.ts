import type { KindDefinition, Registry, Subresource } from "@wherry/machinery";
import { unknownPath } from "./errors.ts";

/** What a path of the API means. */
export interface ResourcePath {
  kind: KindDefinition;
  /** Absent on cluster-scoped resources, and on a collection over all namespaces. */
  namespace?: string;
  /** Absent on a collection. */
  name?: string;
  subresource?: { name: string; of: Subresource };
  /** The old way to watch: `/api/v1/watch/pods`. */
  watchPrefix: boolean;
}

/**
 * Reads a resource path: `/api/v1/namespaces/x/pods/y/log`, `/apis/apps/v1/deployments`. Throws NotFound for what is not served, as for a
 * namespaced name without its namespace. Source: apiserver `request.RequestInfoFactory`.
 */
export function parseResourcePath(registry: Registry, path: string): ResourcePath {
  const parts = (splitProxyPath(path)?.path ?? path).split("/").filter(Boolean).map(decodeSegment);
  const [root, ...rest] = parts;
  const group = root === "apis" ? (rest.shift() ?? "") : "";
  const version = rest.shift();
  if ((root !== "api" && root !== "apis") || (root === "apis" && !group) || !version) throw unknownPath();
  const watchPrefix = rest[0] === "watch";
  if (watchPrefix) rest.shift();
  return { ...parseScope(registry, { group, version }, rest), watchPrefix };
}

const PROXY = /^(\/api\/v1\/(?:namespaces\/[^/]+\/(?:pods|services)|nodes)\/[^/]+\/proxy)(\/.*)?$/;

/** Takes apart the path of a `proxy` subresource and what comes after it, which is for somebody else to read; undefined for every other path. */
export function splitProxyPath(path: string): { path: string; tail: string } | undefined {
  const [, own, tail = ""] = PROXY.exec(path) ?? [];
  return own === undefined ? undefined : { path: own, tail };
}

function parseScope(registry: Registry, at: { group: string; version: string }, parts: string[]): Omit<ResourcePath, "watchPrefix"> {
  const inNamespace = parts[0] === "namespaces" && parts.length > 2 && !isNamespaceSubresource(registry, at, parts);
  const namespace = inNamespace ? parts[1] : undefined;
  const [plural = "", name, subresource, ...more] = inNamespace ? parts.slice(2) : parts;
  const kind = registry.byResource(at.group, at.version, plural);
  if (!kind || more.length > 0 || (namespace !== undefined && kind.scope === "Cluster")) throw unknownPath();
  if (name !== undefined && kind.scope === "Namespaced" && namespace === undefined) throw unknownPath();
  return {
    kind,
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && { name }),
    ...(subresource !== undefined && { subresource: findSubresource(kind, subresource) }),
  };
}

function isNamespaceSubresource(registry: Registry, at: { group: string; version: string }, parts: string[]): boolean {
  const kind = at.group === "" ? registry.byResource("", at.version, "namespaces") : undefined;
  return parts.length === 3 && kind?.subresources?.[parts[2] as string] !== undefined;
}

function findSubresource(kind: KindDefinition, name: string): { name: string; of: Subresource } {
  const of = kind.subresources && Object.hasOwn(kind.subresources, name) ? kind.subresources[name] : undefined;
  if (!of) throw unknownPath();
  return { name, of };
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw unknownPath();
  }
}
