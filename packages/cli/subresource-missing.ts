import { StatusError } from "@wherry/base/status-error.ts";
import { UsageError } from "./errors.ts";

/** The failure of a call to a subresource: where the server has none of it, says so, and what to do instead. */
export function notServed(error: unknown, subresource: string, instead: string): unknown {
  // A server names the object that it did not find, and nothing where it does not know the path.
  const unknownPath = error instanceof StatusError && error.code === 404 && !error.status.details?.name;
  return unknownPath ? new UsageError(`the server does not serve pods/${subresource}: ${instead}`) : error;
}
