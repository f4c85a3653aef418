/** A JSON object. */
export type Data = Record<string, unknown>;

/** Whether `value` is a JSON object: neither a list nor null. */
export function isData(value: unknown): value is Data {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
