import type { Verb } from "@wherry/machinery";
import { methodNotAllowed, unknownPath } from "../errors.ts";
import type { ApiResponse } from "../exchange.ts";
import { scale } from "../subresources/scale.ts";
import type { ResourceCall, RestContext } from "./context.ts";
import { create } from "./create.ts";
import { deleteOne } from "./delete.ts";
import { deleteCollection } from "./deletecollection.ts";
import { get } from "./get.ts";
import { list } from "./list.ts";
import { isWatch } from "./list-options.ts";
import { patch } from "./patch.ts";
import { update } from "./update.ts";
import { watch } from "./watch.ts";

type Handler = (context: RestContext, call: ResourceCall) => Promise<ApiResponse>;

/** Handles a `connect` subresource. */
export type ConnectHandlers = Readonly<Record<string, Handler>>;

const HANDLERS: Readonly<Record<Verb, Handler>> = {
  create,
  delete: deleteOne,
  deletecollection: deleteCollection,
  get,
  list,
  patch,
  update,
  watch,
};

/** What a call does, as RBAC and metrics name it; undefined when there is no such thing. Source: apiserver `request.RequestInfo`. */
export function verbOf(call: ResourceCall): Verb | undefined {
  const { method } = call.request;
  const named = call.name !== undefined;
  if (method === "GET") return isWatch(call) && !call.subresource ? "watch" : named ? "get" : "list";
  if (method === "POST") return named && !call.subresource ? undefined : "create";
  if (method === "DELETE") return named ? "delete" : "deletecollection";
  if (!named) return undefined;
  return method === "PUT" ? "update" : method === "PATCH" ? "patch" : undefined;
}

/** Serves one call on a resource or on one of its subresources. */
export async function serveResource(context: RestContext, connect: ConnectHandlers, call: ResourceCall): Promise<ApiResponse> {
  const verb = verbOf(call);
  if (!verb) throw methodNotAllowed();
  if (call.subresource) return serveSubresource(context, connect, call, verb);
  if (call.kind.verbs && !call.kind.verbs.includes(verb)) throw methodNotAllowed();
  const inOneNamespace = verb === "create" || verb === "deletecollection";
  if (inOneNamespace && call.kind.scope === "Namespaced" && call.namespace === undefined) throw methodNotAllowed();
  return HANDLERS[verb](context, call);
}

async function serveSubresource(context: RestContext, connect: ConnectHandlers, call: ResourceCall, verb: Verb): Promise<ApiResponse> {
  const { name, of } = call.subresource as NonNullable<ResourceCall["subresource"]>;
  if (of.type === "scale") return scale(context, call, of);
  if (of.type === "status") {
    if (verb !== "get" && verb !== "update" && verb !== "patch") throw methodNotAllowed();
    return HANDLERS[verb](context, call);
  }
  if (!of.verbs.includes(verb)) throw methodNotAllowed();
  const handler = Object.hasOwn(connect, name) ? connect[name] : undefined;
  if (!handler) throw unknownPath();
  return handler(context, call);
}
