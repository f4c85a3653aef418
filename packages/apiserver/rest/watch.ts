import { type FieldError, forbiddenField, notSupported, queryFlag } from "@wherry/machinery";
import { invalidOptions, notAcceptable } from "../errors.ts";
import type { ApiResponse } from "../exchange.ts";
import { convertedItems } from "../watch-cache/converted.ts";
import { serveWatch, type WatchRequest } from "../watch-cache/watcher.ts";
import { negotiateShape } from "./answer.ts";
import type { ResourceCall, RestContext } from "./context.ts";
import { selectionOf } from "./list-options.ts";
import { integer } from "./options.ts";
import { freshEnough, parseRevision } from "./resource-version.ts";

/** A watch without a timeout of its own ends after half an hour to an hour, so that load spreads over restarts. */
const MIN_TIMEOUT_MS = 30 * 60_000;

/** Streams changes, one JSON line each, until the time is over or the reader goes. */
export async function watch(context: RestContext, call: ResourceCall): Promise<ApiResponse> {
  const { shape, negotiated } = negotiateShape(context, call);
  if (negotiated.encoding === "yaml") throw notAcceptable(["application/json;stream=watch"]);
  const { query } = call.request;
  const revision = parseRevision(query.get("resourceVersion"));
  const sendInitialEvents = query.has("sendInitialEvents") ? queryFlag(query, "sendInitialEvents") : undefined;
  checkOptions(query, sendInitialEvents);
  await freshEnough(context, revision);
  const timeoutSeconds = integer(query, "timeoutSeconds") ?? 0;
  const bookmarks = queryFlag(query, "allowWatchBookmarks");
  const fromNow = sendInitialEvents ?? (revision === undefined || revision === 0);
  const request: WatchRequest = {
    converted: convertedItems(call.kind),
    selection: selectionOf(call),
    format: shape.event,
    after: fromNow ? undefined : (revision ?? 0) || context.cache.revision,
    markInitialEnd: sendInitialEvents === true && bookmarks,
    bookmarks,
    timeoutMs: timeoutSeconds > 0 ? timeoutSeconds * 1000 : MIN_TIMEOUT_MS * (1 + Math.random()),
  };
  const { cache: whole, store, clock } = context;
  const where = { cache: whole.resource(call.kind), whole, store, clock };
  return { status: 200, headers: { "content-type": "application/json" }, body: (sink) => serveWatch(where, request, sink) };
}

// Source: apimachinery `validation.ValidateListOptions`, `validateWatchOptions`.
function checkOptions(query: URLSearchParams, sendInitialEvents: boolean | undefined): void {
  const match = query.get("resourceVersionMatch") ?? "";
  const errors: FieldError[] = [];
  const forbid = (why: string) => errors.push(forbiddenField("resourceVersionMatch", why));
  if (sendInitialEvents !== undefined && match !== "NotOlderThan")
    forbid("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
  if (match) {
    if (sendInitialEvents === undefined) forbid("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
    if (match !== "NotOlderThan") errors.push(notSupported("resourceVersionMatch", match, ["NotOlderThan"]));
    if (query.get("continue")) forbid("resourceVersionMatch is forbidden when continue is provided");
  }
  if (errors.length > 0) throw invalidOptions("ListOptions", errors);
}
