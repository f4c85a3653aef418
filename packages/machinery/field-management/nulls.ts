import { isData } from "../data.ts";

/**
 * `clean` with the fields that `raw` says are null: in a configuration null is a value of its own. Gives parts of both; where they differ in shape,
 * `clean` wins.
 * @param clean `raw` as `prune` leaves it
 */
export function withNulls(raw: unknown, clean: unknown): unknown {
  if (Array.isArray(raw) && Array.isArray(clean) && raw.length === clean.length) return clean.map((item, i) => withNulls(raw[i], item));
  if (!isData(raw) || !isData(clean)) return clean;
  const result = { ...clean };
  for (const [key, value] of Object.entries(raw)) {
    if (value === null) result[key] ??= null;
    else if (Object.hasOwn(clean, key)) result[key] = withNulls(value, clean[key]);
  }
  return result;
}
