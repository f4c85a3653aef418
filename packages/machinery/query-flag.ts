/**
 * Whether a parameter of a query says yes: when it is there, and is neither `0` nor `false`, in whatever case. Clients write `true`, `True`, `1`, or nothing behind the name.
 * Source: apimachinery `Convert_Slice_string_To_bool`.
 */
export function queryFlag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && value !== "0" && value.toLowerCase() !== "false";
}
