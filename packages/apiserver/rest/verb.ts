import type { Verb } from "@wherry/machinery";
import type { ResourceCall } from "./context.ts";
import { isWatch } from "./list-options.ts";

/** What a call does, as RBAC and metrics name it; undefined when there is no such thing. Source: apiserver `request.RequestInfo`. */
export function verbOf(call: ResourceCall): Verb | undefined {
  const { method } = call.request;
  const named = call.name !== undefined;
  if (method === "HEAD" && call.subresource?.name === "proxy") return "get";
  if (method === "GET") return isWatch(call) && !call.subresource ? "watch" : named ? "get" : "list";
  if (method === "POST") return named && !call.subresource ? undefined : "create";
  if (method === "DELETE") return named ? "delete" : "deletecollection";
  if (!named) return undefined;
  return method === "PUT" ? "update" : method === "PATCH" ? "patch" : undefined;
}
