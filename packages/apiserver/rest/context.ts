import type { Clock, Logger, ResourceName } from "@wherry/base";
import { type ApiObject, type KindDefinition, type Registry, storedKind } from "@wherry/machinery";
import type { Store } from "@wherry/store";
import type { Authorizer } from "../authorization/authorizer.ts";
import type { ApiRequest } from "../exchange.ts";
import type { ResourcePath } from "../request-info.ts";
import type { ResourceCache } from "../watch-cache/resource-cache.ts";
import type { WatchCache } from "../watch-cache/watch-cache.ts";
import type { WriteStage } from "./write-stage.ts";

/** What the generic path works with. */
export interface RestContext {
  store: Store;
  cache: WatchCache;
  /** What is served now: the next one may be another. */
  readonly registry: Registry;
  clock: Clock;
  log: Logger;
  /** Decides who may do what. */
  authorizer: Authorizer;
  /** What has a say in writes, in order. */
  stages: readonly WriteStage[];
}

/** One call on a resource. */
export interface ResourceCall extends ResourcePath {
  request: ApiRequest;
}

/** An object of a kind that the generic path does not know more of. */
export type AnyObject = ApiObject & { spec?: unknown; status?: unknown };

/** The resource as messages name it: after the version that is stored, whatever the request spoke. */
export function resourceName(kind: KindDefinition): ResourceName {
  const { group, plural } = storedKind(kind);
  return { group, resource: plural };
}

/** Where an object is stored. */
export function keyIn(cache: ResourceCache, namespace: string | undefined, name: string): string {
  return `${cache.prefix(namespace)}${name}`;
}

/** The key of the object that a call names. */
export function keyOfCall(context: RestContext, call: ResourceCall): string {
  return keyIn(context.cache.resource(call.kind), call.namespace, call.name ?? "");
}
