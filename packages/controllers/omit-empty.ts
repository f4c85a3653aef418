/**
 * The object without fields that are undefined, 0, "" or an empty list: what Go's `omitempty` leaves out, so that a status we compute equals the one
 * that was stored. Shallow.
 */
export function omitEmpty<T extends object>(o: T): T {
  const kept = Object.entries(o).filter(([, v]) => v !== undefined && v !== 0 && v !== "" && !(Array.isArray(v) && v.length === 0));
  return Object.fromEntries(kept) as T;
}
