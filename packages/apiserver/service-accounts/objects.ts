import type { ApiObject } from "@wherry/machinery";
import { keyIn, type RestContext } from "../rest/context.ts";
import type { ObjectRef } from "./claims.ts";

const PLURALS = { Node: "nodes", Pod: "pods", Secret: "secrets", ServiceAccount: "serviceaccounts" };

/** A kind that tokens are about. */
export type AccountObjectKind = keyof typeof PLURALS;

/** An object being deleted still counts for as long as clocks may differ. Source: go-jose `DefaultLeeway`. */
export const LEEWAY_MS = 60_000;

/** A stored object of the core group, as the cache has it; undefined when there is none. */
export function findObject(context: RestContext, kind: AccountObjectKind, namespace: string, name: string): ApiObject | undefined {
  const definition = context.registry.byResource("", "v1", PLURALS[kind]);
  if (!definition) return undefined;
  const cache = context.cache.resource(definition);
  return cache.get(keyIn(cache, kind === "Node" ? undefined : namespace, name))?.object();
}

/** Whether the very object that was meant is still there, and is not on its way out. */
export function isAlive(context: RestContext, kind: AccountObjectKind, namespace: string, ref: ObjectRef): boolean {
  const found = findObject(context, kind, namespace, ref.name);
  if (!found || found.metadata.uid !== ref.uid) return false;
  const { deletionTimestamp } = found.metadata;
  return deletionTimestamp === undefined || Date.parse(deletionTimestamp) >= context.clock.now() - LEEWAY_MS;
}
