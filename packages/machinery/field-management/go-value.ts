import { isData } from "../data.ts";

/** JSON as Go prints it: with `%v`, or with `%#v` when `sharp`. Source: Go package fmt. */
export function goValue(value: unknown, sharp = false): string {
  if (value === null || value === undefined) return "<nil>";
  if (typeof value === "string") return sharp ? JSON.stringify(value) : value;
  if (Array.isArray(value)) {
    const items = value.map((item) => goValue(item, sharp));
    return sharp ? `[]interface {}{${items.join(", ")}}` : `[${items.join(" ")}]`;
  }
  if (!isData(value)) return String(value);
  const keys = Object.keys(value).sort();
  if (!sharp) return `map[${keys.map((key) => `${key}:${goValue(value[key])}`).join(" ")}]`;
  return `map[string]interface {}{${keys.map((key) => `${JSON.stringify(key)}:${goValue(value[key], true)}`).join(", ")}}`;
}
