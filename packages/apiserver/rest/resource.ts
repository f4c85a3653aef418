import type { Verb } from "@wherry/machinery";
import { methodNotAllowed, unknownPath } from "../errors.ts";
import type { ApiResponse } from "../exchange.ts";
import { scale } from "../subresources/scale.ts";
import { createVirtual, type VirtualHandlers } from "../virtual/create.ts";
import { negotiateShape } from "./answer.ts";
import type { ResourceCall, RestContext } from "./context.ts";
import { create } from "./create.ts";
import { deleteOne } from "./delete.ts";
import { deleteCollection } from "./deletecollection.ts";
import { get } from "./get.ts";
import { list } from "./list.ts";
import { patch } from "./patch.ts";
import { update } from "./update.ts";
import { verbOf } from "./verb.ts";
import { watch } from "./watch.ts";

type Handler = (context: RestContext, call: ResourceCall) => Promise<ApiResponse>;

/** Handles a `connect` subresource. */
export type ConnectHandlers = Readonly<Record<string, Handler>>;

/** What the generic path leaves to others. */
export interface Handlers {
  connect: ConnectHandlers;
  virtual: VirtualHandlers;
  /** Virtual kinds that are no questions, by kind: all of their verbs. */
  own: Readonly<Record<string, Handler>>;
}

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

const WRITES: ReadonlySet<Verb> = new Set(["create", "update", "patch"]);

/** Serves one call on a resource or on one of its subresources. */
export async function serveResource(context: RestContext, handlers: Handlers, call: ResourceCall): Promise<ApiResponse> {
  const verb = verbOf(call);
  if (!verb) throw methodNotAllowed();
  if (call.kind.load && WRITES.has(verb)) await call.kind.load();
  if (call.subresource) return serveSubresource(context, handlers.connect, call, verb);
  if (call.kind.verbs && !call.kind.verbs.includes(verb)) throw methodNotAllowed();
  // An answer that cannot be given must not be found out after the write.
  negotiateShape(context, call, verb === "watch" ? undefined : verb === "list" || verb === "deletecollection");
  const inOneNamespace = verb === "create" || verb === "deletecollection";
  if (inOneNamespace && call.kind.scope === "Namespaced" && call.namespace === undefined) throw methodNotAllowed();
  return call.kind.virtual ? serveVirtual(context, handlers, call) : HANDLERS[verb](context, call);
}

function serveVirtual(context: RestContext, { own, virtual }: Handlers, call: ResourceCall): Promise<ApiResponse> {
  const handler = Object.hasOwn(own, call.kind.kind) ? own[call.kind.kind] : undefined;
  return handler ? handler(context, call) : createVirtual(context, virtual, call);
}

async function serveSubresource(context: RestContext, connect: ConnectHandlers, call: ResourceCall, verb: Verb): Promise<ApiResponse> {
  const { name, of } = call.subresource as NonNullable<ResourceCall["subresource"]>;
  if (of.type === "scale") return scale(context, call, of);
  if (of.type === "status") {
    if (verb !== "get" && verb !== "update" && verb !== "patch") throw methodNotAllowed();
    negotiateShape(context, call, false);
    return HANDLERS[verb](context, call);
  }
  if (!of.verbs.includes(verb)) throw methodNotAllowed();
  const handler = Object.hasOwn(connect, name) ? connect[name] : undefined;
  if (!handler) throw unknownPath();
  return handler(context, call);
}
