import { badRequest } from "@wherry/base";
import { type Data, isData } from "../data.ts";
import { deepCopy, setOwn } from "../deep-copy.ts";

/** Applies an RFC 7396 merge patch; `doc` stays as it is. Throws a 400 StatusError when the patch is no object. */
export function applyMergePatch<T>(doc: T, patch: unknown): T {
  if (!isData(patch)) throw badRequest("a merge patch must be a JSON object");
  return merge(deepCopy(doc), patch) as T;
}

/** Changes `target` where it is an object, and gives the outcome. */
function merge(target: unknown, patch: unknown): unknown {
  if (!isData(patch)) return deepCopy(patch);
  const result: Data = isData(target) ? target : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else setOwn(result, key, merge(Object.hasOwn(result, key) ? result[key] : undefined, value));
  }
  return result;
}
