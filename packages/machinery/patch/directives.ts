import { badRequest } from "@wherry/base";
import { type Data, isData } from "../data.ts";

/** Words of a strategic merge patch. Source: apimachinery pkg/util/strategicpatch. */
export const PATCH = "$patch";
export const RETAIN_KEYS = "$retainKeys";
export const DELETE_FROM_PRIMITIVE_LIST = "$deleteFromPrimitiveList/";
export const SET_ELEMENT_ORDER = "$setElementOrder/";

/** The patch's value as it enters the document: without directives, without nulls, and without items that are only a deletion. */
export function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => !isSpecial(item)).map(withoutDirectives);
  if (!isData(value)) return value;
  const result: Data = {};
  for (const [key, child] of Object.entries(value)) if (child !== null && !isDirective(key)) result[key] = withoutDirectives(child);
  return result;
}

const isSpecial = (item: unknown) => isData(item) && (item[PATCH] === "delete" || item[PATCH] === "replace");

function isDirective(key: string): boolean {
  return key === PATCH || key === RETAIN_KEYS || key.startsWith(DELETE_FROM_PRIMITIVE_LIST) || key.startsWith(SET_ELEMENT_ORDER);
}

/** What `$patch` says; throws a 400 StatusError for any other word. */
export function patchDirective(patch: Data): "replace" | "delete" | "merge" | undefined {
  const directive = patch[PATCH];
  if (directive === undefined || directive === "replace" || directive === "delete" || directive === "merge") return directive;
  throw badRequest(`unknown patch type found: ${JSON.stringify(directive)}: $patch must be "replace", "delete" or "merge"`);
}

/** Drops from `original` all that `$retainKeys` of the patch does not name. */
export function retainKeys(original: Data, patch: Data): void {
  const keys = patch[RETAIN_KEYS];
  if (keys === undefined) return;
  if (!Array.isArray(keys)) throw badRequest("invalid patch format of retainKeys");
  const retained = new Set<unknown>(keys);
  for (const [key, value] of Object.entries(patch))
    if (value !== null && !isDirective(key) && !retained.has(key)) throw badRequest("invalid patch format of retainKeys");
  for (const key of Object.keys(original)) if (!retained.has(key)) delete original[key];
}
