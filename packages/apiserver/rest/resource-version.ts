import { badRequest } from "@wherry/base";
import { invalid } from "@wherry/machinery";
import { futureRevision, invalidOptions } from "../errors.ts";
import type { RestContext } from "./context.ts";

/** A resourceVersion of a query as a revision; undefined when it is not given. Throws BadRequest for what none can be. */
export function parseRevision(text: string | null): number | undefined {
  if (text === null || text === "") return undefined;
  if (!/^\d{1,15}$/.test(text)) throw invalidRevision(text);
  return Number(text);
}

function invalidRevision(text: string): Error {
  if (text.length > 64) return badRequest("Invalid value: the resource version is too long");
  return invalidOptions("ListOptions", [
    invalid("resourceVersion", text, `strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`),
  ]);
}

/** Resolves when the cache holds what a read with this resourceVersion may see; rejects with 504 when it is in the future. */
export async function freshEnough(context: RestContext, revision: number | undefined): Promise<void> {
  if (revision === 0) return;
  await context.cache.fresh();
  if (revision !== undefined && revision > context.cache.revision) throw futureRevision(revision, context.cache.revision);
}
