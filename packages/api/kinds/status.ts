import { deepCopy } from "@wherry/machinery";

/** The main resource leaves the status as it is stored. Changes `next`. */
export function keepStatus(next: { status?: unknown }, prev: { status?: unknown }): void {
  if (prev.status === undefined) delete next.status;
  else next.status = deepCopy(prev.status);
}

/** The status resource leaves the spec as it is stored. Changes `next`. */
export function keepSpec<S>(next: { spec: S }, prev: { spec: S }): void {
  next.spec = deepCopy(prev.spec);
}
