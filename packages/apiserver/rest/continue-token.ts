import { badRequest } from "@wherry/base";

/** Where a list goes on: after this key (relative to the root of the list), at this revision; -1 is "whatever is newest". */
export interface ContinueToken {
  revision: number;
  after: string;
}

/** Opaque to clients. Source of the form: apiserver `storage.EncodeContinue`. */
export function encodeContinue(token: ContinueToken): string {
  return Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv: token.revision, start: `${token.after}\0` })).toString("base64url");
}

/** Throws BadRequest for what this server never gave out. */
export function decodeContinue(text: string): ContinueToken {
  try {
    const { v, rv, start } = JSON.parse(Buffer.from(text, "base64url").toString("utf8")) as { v: unknown; rv: unknown; start: unknown };
    if (v !== "meta.k8s.io/v1" || !Number.isSafeInteger(rv) || typeof start !== "string" || !start.endsWith("\0")) throw new Error("form");
    return { revision: rv as number, after: start.slice(0, -1) };
  } catch {
    throw badRequest("continue key is not valid: it does not come from this server");
  }
}
