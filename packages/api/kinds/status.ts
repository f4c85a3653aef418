import { deepCopy, type WriteContext } from "@wherry/machinery";

/** The main resource leaves the status as it is stored. Changes `next`. */
export function keepStatus(next: { status?: unknown }, prev: { status?: unknown }): void {
  if (prev.status === undefined) delete next.status;
  else next.status = deepCopy(prev.status);
}

/** The status resource leaves the spec as it is stored. Changes `next`. */
export function keepSpec<S>(next: { spec: S }, prev: { spec: S }): void {
  next.spec = deepCopy(prev.spec);
}

/** What the `prepareForUpdate` of a kind with a spec and a status does: each of the two resources leaves the other's half alone. */
export function keepOtherHalf<S>(
  next: { spec: S; status?: unknown },
  prev: { spec: S; status?: unknown },
  { subresource }: WriteContext,
): void {
  if (subresource === "status") keepSpec(next, prev);
  else keepStatus(next, prev);
}
