import { type ApiObject, type Cell, type Column, humanAge } from "@wherry/machinery";
import { evaluateJsonPath, parseJsonPath, showJsonPathValue } from "@wherry/machinery/json-path.ts";
import type { CustomResourceColumnDefinition } from "../../../generated/types.ts";
import { nameColumn } from "../../columns.ts";

const NAME_TEXT =
  "Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names";
const CREATED_TEXT =
  "CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";

const AGE: CustomResourceColumnDefinition = {
  name: "Age",
  type: "date",
  description: CREATED_TEXT,
  jsonPath: ".metadata.creationTimestamp",
};

/** The columns of custom objects: the name, then those of the definition, or else the age. Source: apiextensions `tableconvertor`. */
export function customColumns(columns: readonly CustomResourceColumnDefinition[] | undefined): Column<ApiObject>[] {
  return [{ ...nameColumn, description: NAME_TEXT }, ...(columns?.length ? columns : [AGE]).map(customColumn)];
}

function customColumn(column: CustomResourceColumnDefinition): Column<ApiObject> {
  const path = parseJsonPath(column.jsonPath);
  const type = column.type as Column<ApiObject>["type"];
  return {
    name: column.name,
    type,
    ...(column.format && { format: column.format }),
    description: column.description || `Custom resource definition column (in JSONPath format): ${column.jsonPath}`,
    ...(column.priority && { priority: column.priority }),
    value(o, now) {
      const [value] = evaluateJsonPath(path, o);
      return value === undefined ? null : cellOf(type, value, now);
    },
  };
}

/** Source: apiextensions `cellForJSONValue`. */
function cellOf(type: Column<ApiObject>["type"], value: unknown, now: number): Cell {
  if (value === null) return type === "string" ? "null" : null;
  switch (type) {
    case "string":
      return showJsonPathValue(value);
    case "integer":
      return typeof value === "number" ? Math.trunc(value) : null;
    case "number":
      return typeof value === "number" ? value : null;
    case "boolean":
      return typeof value === "boolean" ? value : null;
    case "date":
      return typeof value === "string" ? ageOf(value, now) : null;
  }
}

const RFC3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

function ageOf(time: string, now: number): string {
  return RFC3339.test(time) && !Number.isNaN(Date.parse(time)) ? humanAge(time, now) : "<invalid>";
}
