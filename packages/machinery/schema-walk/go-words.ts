import type { Schema } from "../schema.ts";

/** The words of Go's JSON decoder for values and types, as Kubernetes' clients know them. */

/** `string`, `number`, `bool`, `object`, `array`. */
export function jsonTypeOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (value === null) return "null";
  return typeof value === "boolean" ? "bool" : typeof value;
}

/** The type that a field would have in Go: `int32`, `[]v1.Container`, `map[string]string`. */
export function goTypeOf(schema: Schema | undefined): string {
  if (!schema) return "interface {}";
  if (schema.ref !== undefined) return schema.ref.split(".").slice(-2).join(".");
  switch (schema.type) {
    case "integer":
      return schema.format ?? "int64";
    case "number":
      return "float64";
    case "boolean":
      return "bool";
    case "array":
      return `[]${goTypeOf(schema.items)}`;
    case "object":
      return schema.additionalProperties ? goMapOf(schema.additionalProperties) : "map[string]interface {}";
    default:
      return schema.format === "byte" ? "[]uint8" : "string";
  }
}

function goMapOf(values: Schema): string {
  return values.ref?.endsWith(".Quantity") ? "v1.ResourceList" : `map[string]${goTypeOf(values)}`;
}

/** `PodSpec` of `io.k8s.api.core.v1.PodSpec`. */
export function goStructName(ref: string): string {
  return ref.slice(ref.lastIndexOf(".") + 1);
}

/** A JSON value as Go's `%+v` prints what it was decoded to: `map[a:1 b:[x y]]`. */
export function goText(value: unknown): string {
  if (value === null || value === undefined) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goText).join(" ")}]`;
  if (typeof value !== "object") return String(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${entries.map(([key, child]) => `${key}:${goText(child)}`).join(" ")}]`;
}

/** A JSON value as Go's `%#v` prints what it was decoded to: `map[string]interface {}{"a":1}`. */
export function goSyntax(value: unknown): string {
  if (value === null || value === undefined) return "interface {}(nil)";
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(", ")}}`;
  if (typeof value !== "object") return String(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[string]interface {}{${entries.map(([key, child]) => `${JSON.stringify(key)}:${goSyntax(child)}`).join(", ")}}`;
}
