import { type FieldError, invalid, required } from "@wherry/machinery";
import { parseJsonPath } from "@wherry/machinery/json-path.ts";
import type { JsonSchema } from "@wherry/machinery/structural/json-schema.ts";
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinitionVersion,
  CustomResourceSubresourceScale,
} from "../../../generated/types.ts";
import { each } from "../../rules.ts";
import { validateVersionSchema } from "./schema.ts";
import { simpleFields, validateSelectableFields } from "./selectable-fields.ts";

/** Source: apiextensions `ValidateCustomResourceDefinitionVersion`. */
export function validateVersion(version: CustomResourceDefinitionVersion, path: string): FieldError[] {
  const schema = version.schema?.openAPIV3Schema as JsonSchema | undefined;
  const { scale, status } = version.subresources ?? {};
  return [
    ...validateDeprecation(version, `${path}.deprecationWarning`),
    ...(schema
      ? validateVersionSchema(schema, `${path}.schema.openAPIV3Schema`, status !== undefined)
      : [required(`${path}.schema.openAPIV3Schema`, "schemas are required")]),
    ...(scale ? validateScale(scale, `${path}.subresources.scale`) : []),
    ...each(version.additionalPrinterColumns, `${path}.additionalPrinterColumns`, validateColumn),
    ...validateSelectableFields(version.selectableFields ?? [], schema, `${path}.selectableFields`),
  ];
}

function validateDeprecation({ deprecated, deprecationWarning: text }: CustomResourceDefinitionVersion, path: string): FieldError[] {
  if (text === undefined) return [];
  const errors: FieldError[] = [];
  if (!deprecated) errors.push(invalid(path, text, "can only be set for deprecated versions"));
  if (text.length > 256) errors.push(invalid(path, text, "must be <= 256 characters long"));
  if (text === "") errors.push(invalid(path, text, "must not be an empty string"));
  const bad = text.search(/[^\P{C} ]|[\p{Zl}\p{Zp}]/u);
  if (bad >= 0)
    errors.push(invalid(path, text, `must only contain printable UTF-8 characters; non-printable character found at index ${bad}`));
  return errors;
}

const TYPES = ["boolean", "date", "integer", "number", "string"];
const FORMATS = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];

/** Source: apiextensions `ValidateCustomResourceColumnDefinition`. */
function validateColumn(column: CustomResourceColumnDefinition, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const types = `must be one of ${TYPES.join(",")}`;
  if (!column.name) errors.push(required(`${path}.name`));
  if (!column.type) errors.push(required(`${path}.type`, types));
  else if (!TYPES.includes(column.type)) errors.push(invalid(`${path}.type`, column.type, types));
  if (column.format && !FORMATS.includes(column.format))
    errors.push(invalid(`${path}.format`, column.format, `must be one of ${FORMATS.join(",")}`));
  return [...errors, ...validateJsonPath(column.jsonPath, `${path}.jsonPath`)];
}

/** Source: apiextensions `validateSimpleJSONPath`. */
export function validateJsonPath(text: string | undefined, path: string): FieldError[] {
  if (!text) return [required(path)];
  if (!text.startsWith(".")) return [invalid(path, text, "must be a simple json path starting with .")];
  try {
    parseJsonPath(text);
    return [];
  } catch (error) {
    return [invalid(path, text, `is an invalid jsonpath: ${(error as Error).message}`)];
  }
}

/** Source: apiextensions `ValidateCustomResourceDefinitionSubresources`. */
function validateScale(scale: CustomResourceSubresourceScale, path: string): FieldError[] {
  const under = (name: keyof CustomResourceSubresourceScale, parts: readonly string[], detail: string) => {
    const text = scale[name];
    const wrong = validateJsonPath(text, `${path}.${name}`);
    if (wrong.length > 0) return wrong;
    if (parts.some((part) => text?.startsWith(part)) && simpleFields(text ?? "")) return [];
    return [invalid(`${path}.${name}`, text, detail)];
  };
  return [
    ...under("specReplicasPath", [".spec."], "should be a json path under .spec"),
    ...under("statusReplicasPath", [".status."], "should be a json path under .status"),
    ...(scale.labelSelectorPath
      ? under("labelSelectorPath", [".spec.", ".status."], "should be a json path under either .spec or .status")
      : []),
  ];
}
