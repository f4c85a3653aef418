import { posix } from "node:path";
import { badRequest } from "@wherry/base";
import { isData } from "@wherry/machinery/data.ts";

/** Where a list goes on: after this key (relative to the root of the list), at this revision; -1 is "whatever is newest". */
export interface ContinueToken {
  revision: number;
  after: string;
}

const VERSION = "meta.k8s.io/v1";

/** Opaque to clients. Source of the form: apiserver `storage.EncodeContinue`. */
export function encodeContinue(token: ContinueToken): string {
  return Buffer.from(JSON.stringify({ v: VERSION, rv: token.revision, start: `${token.after}\0` })).toString("base64url");
}

/** Throws BadRequest for what this server never gave out. Source of the checks and their words: apiserver `storage.DecodeContinue`. */
export function decodeContinue(text: string): ContinueToken {
  const { v, rv, start } = fieldsOf(text);
  if (v !== VERSION) throw refused(`server does not recognize this encoded version ${String(v ?? "")}`);
  if (!Number.isSafeInteger(rv) || rv === 0) throw refused("incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
  if (typeof start !== "string" || start === "") throw refused("encoded start key empty (version meta.k8s.io/v1)");
  const key = start.startsWith("/") ? start : `/${start}`;
  if (posix.normalize(key) !== key || !start.endsWith("\0")) throw refused(start);
  return { revision: rv as number, after: start.slice(0, -1) };
}

function fieldsOf(text: string): { v?: unknown; rv?: unknown; start?: unknown } {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    if (isData(value)) return value;
  } catch {
    // Said below: what is wrong in it helps nobody.
  }
  throw refused("it is no token of this server");
}

const refused = (why: string) => badRequest(`invalid continue token: continue key is not valid: ${why}`);
