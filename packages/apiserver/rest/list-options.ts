import { badRequest } from "@wherry/base";
import { type FieldError, FieldSelector, forbiddenField, notSupported, queryFlag } from "@wherry/machinery";
import { invalidOptions } from "../errors.ts";
import { parseSelection, type Selection } from "../watch-cache/selection.ts";
import type { ResourceCall } from "./context.ts";
import { decodeContinue } from "./continue-token.ts";
import { integer } from "./options.ts";
import { parseRevision } from "./resource-version.ts";

/** What a list wants to see. */
export interface ListOptions {
  selection: Selection;
  /** 0 = no limit. */
  limit: number;
  after: string;
  /** How the revision of the answer is chosen. */
  at: { match: "newest" } | { match: "notOlderThan"; revision: number } | { match: "exact"; revision: number };
}

/** Reads and checks the options of a list. Source: apimachinery `validation.ValidateListOptions`, apiserver `etcd3.GetList`. */
export function listOptions(call: ResourceCall): ListOptions {
  const { query } = call.request;
  const limit = integer(query, "limit") ?? 0;
  const token = query.get("continue") ?? "";
  const revision = parseRevision(query.get("resourceVersion"));
  const match = query.get("resourceVersionMatch") ?? "";
  checkOptions(query, match, revision, token);
  const selection = selectionOf(call);
  if (token) return continued(selection, Math.max(0, limit), token, revision);
  return { selection, limit: revision === 0 ? 0 : Math.max(0, limit), after: "", at: chooseRevision(revision, match, limit) };
}

/** The selectors of a list or a watch; a name in the path selects that one object. Throws BadRequest. Source: apiserver `handlers.ListResource`. */
export function selectionOf({ kind, namespace, name, request: { query } }: ResourceCall): Selection {
  const labels = query.get("labelSelector") ?? "";
  const fields = query.get("fieldSelector") ?? "";
  const asked = parseSelection(kind, namespace, labels, fields);
  if (name === undefined) return asked;
  if (fields && asked.name !== name) throw badRequest("fieldSelector metadata.name doesn't match requested name");
  const byName = new FieldSelector([{ field: "metadata.name", operator: "=", value: name }]);
  return parseSelection(kind, namespace, labels, fields || byName.toString());
}

function continued(selection: Selection, limit: number, token: string, revision: number | undefined): ListOptions {
  if (revision !== undefined && revision !== 0) throw badRequest("specifying resource version is not allowed when using continue");
  const from = decodeContinue(token);
  return { selection, limit, after: from.after, at: from.revision < 0 ? { match: "newest" } : { match: "exact", revision: from.revision } };
}

function chooseRevision(revision: number | undefined, match: string, limit: number): ListOptions["at"] {
  if (revision === undefined) return { match: "newest" };
  // A page of an older state must be exact, or the next page would not fit it.
  const exact = match === "Exact" || (match === "" && limit > 0 && revision > 0);
  return { match: exact ? "exact" : "notOlderThan", revision };
}

function checkOptions(query: URLSearchParams, match: string, revision: number | undefined, token: string): void {
  const errors = match === "" ? [] : matchErrors(match, revision, token);
  if (query.has("sendInitialEvents")) errors.push(forbiddenField("sendInitialEvents", "sendInitialEvents is forbidden for list"));
  if (errors.length > 0) throw invalidOptions("ListOptions", errors);
}

function matchErrors(match: string, revision: number | undefined, token: string): FieldError[] {
  const errors: FieldError[] = [];
  const forbid = (why: string) => errors.push(forbiddenField("resourceVersionMatch", why));
  if (revision === undefined) forbid("resourceVersionMatch is forbidden unless resourceVersion is provided");
  if (token) forbid("resourceVersionMatch is forbidden when continue is provided");
  if (match !== "Exact" && match !== "NotOlderThan")
    errors.push(notSupported("resourceVersionMatch", match, ["Exact", "NotOlderThan", ""]));
  if (match === "Exact" && revision === 0) forbid('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
  return errors;
}

/** Whether a call on a collection is a watch. */
export function isWatch(call: ResourceCall): boolean {
  return call.watchPrefix || queryFlag(call.request.query, "watch");
}
