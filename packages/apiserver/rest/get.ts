import { notFound } from "@wherry/base";
import type { ApiResponse } from "../exchange.ts";
import { convertedItems } from "../watch-cache/converted.ts";
import { answerObject } from "./answer.ts";
import { keyOfCall, type ResourceCall, type RestContext, resourceName } from "./context.ts";
import { freshEnough, parseRevision } from "./resource-version.ts";

/** Answers one object. Without a resourceVersion it is the newest. */
export async function get(context: RestContext, call: ResourceCall): Promise<ApiResponse> {
  await freshEnough(context, parseRevision(call.request.query.get("resourceVersion")));
  const item = context.cache.resource(call.kind).get(keyOfCall(context, call));
  if (!item) throw notFound(resourceName(call.kind), call.name ?? "");
  const shown = (await convertedItems(call.kind)?.one(item)) ?? item;
  return answerObject(context, call, shown.bytes);
}
