import type { ApiObject, FieldReader } from "@wherry/machinery";
import { isData } from "@wherry/machinery/data.ts";
import type { SelectableField } from "../../../generated/types.ts";
import { simpleFields } from "../customresourcedefinition/selectable-fields.ts";

/** Readers of the fields that objects can be selected by, under the name that selectors use: `spec.color`. */
export function customSelectableFields(fields: readonly SelectableField[] | undefined): Record<string, FieldReader<ApiObject>> {
  return Object.fromEntries((fields ?? []).map(({ jsonPath }) => [jsonPath.slice(1), readerOf(simpleFields(jsonPath) ?? [])]));
}

function readerOf(path: readonly string[]): FieldReader<ApiObject> {
  return (o) => {
    const value = path.reduce<unknown>((at, field) => (isData(at) && Object.hasOwn(at, field) ? at[field] : undefined), o);
    return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
  };
}
