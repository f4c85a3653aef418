import type { Schema } from "../schema.ts";

/**
 * Why a value does not fit a schema of another type, in the words of the converter that makes objects of maps. Source: apimachinery
 * `runtime.DefaultUnstructuredConverter.FromUnstructured`.
 * @param schema resolved
 */
export function converterError(value: unknown, schema: Schema): string {
  const found = goKindOf(value);
  const wanted = wantedKind(schema);
  if (wanted === "struct") return `cannot restore struct from: ${found}`;
  if (wanted === "map" || wanted === "slice") return `cannot restore ${wanted} from ${found}`;
  const convertible = found === "int64" || (found === "float64" && /^(int|float)/.test(wanted));
  return convertible && wanted !== "bool" ? `cannot convert ${found} to ${wanted}` : `unrecognized type: ${wanted}`;
}

function goKindOf(value: unknown): string {
  if (Array.isArray(value)) return "slice";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  if (typeof value === "boolean") return "bool";
  return typeof value === "string" ? "string" : "map";
}

function wantedKind({ type, format, properties }: Schema): string {
  switch (type) {
    case "object":
      return properties ? "struct" : "map";
    case "array":
      return "slice";
    case "boolean":
      return "bool";
    case "integer":
      return format ?? "int64";
    case "number":
      return "float64";
    default:
      return format === "byte" ? "slice" : "string";
  }
}
