import { isData } from "../data.ts";
import { goSyntax, goText } from "../schema-walk/go-words.ts";
import { type AssociativeList, itemElement } from "./list-items.ts";
import { type MergeSchema, memberSchema } from "./merge-schema.ts";
import { elementText, fieldElement, type PathElement } from "./path-element.ts";

/**
 * What keeps a configuration from being applied, each with its path, in upstream's words; null is fine everywhere. Source: structured-merge-diff
 * `TypedValue.Validate`.
 */
export function conformityErrors(schema: MergeSchema, value: unknown, path = ""): string[] {
  const wrong = (what: string) => [path ? `${path}: ${what}` : what];
  if (value === null || value === undefined) return [];
  switch (schema.shape) {
    case "leaf":
      return scalarError(schema.check, value).flatMap(wrong);
    case "deduced":
      return [];
    case "struct":
    case "map":
      if (!isData(value)) return wrong(`expected map, got &{${goText(value)}}`);
      return Object.entries(value).flatMap(([name, child]) => memberErrors(schema, name, child, path));
    default:
      if (!Array.isArray(value)) return wrong(`expected list, got &{${goText(value)}}`);
      return listErrors(schema, value, path);
  }
}

function memberErrors(schema: MergeSchema, name: string, value: unknown, path: string): string[] {
  const at = path + elementText(fieldElement(name));
  const member = memberSchema(schema, name);
  return member ? conformityErrors(member.schema, value, at) : [`${at}: field not declared in schema`];
}

function listErrors(schema: AssociativeList, items: readonly unknown[], path: string): string[] {
  const seen = new Set<PathElement>();
  const errors: string[] = [];
  for (const [i, item] of items.entries()) {
    let element: PathElement;
    try {
      element = itemElement(schema, item);
    } catch (error) {
      return [...errors, `${path}: element ${i}: ${(error as Error).message}`];
    }
    const text = elementText(element);
    if (seen.has(element)) errors.push(`${path}: duplicate entries for key ${text}`);
    seen.add(element);
    errors.push(...conformityErrors(schema.items, item, path + text));
  }
  return errors;
}

function scalarError(check: string | undefined, value: unknown): string[] {
  const shown = () => `&value.valueUnstructured{Value:${goSyntax(value)}}`;
  switch (check) {
    case "string":
      return typeof value === "string" ? [] : [`expected string, got ${shown()}`];
    case "boolean":
      return typeof value === "boolean" ? [] : [`expected boolean, got &{${goText(value)}}`];
    case "numeric":
      return typeof value === "number" ? [] : ["expected numeric (int or float), got *value.valueUnstructured"];
    case "scalar":
      return typeof value === "object" ? [`expected scalar, got ${shown()}`] : [];
    case "list":
      return Array.isArray(value) ? [] : [`expected list, got &{${goText(value)}}`];
    case "map":
      return isData(value) ? [] : [`expected map, got &{${goText(value)}}`];
    default:
      return [];
  }
}

/** The errors as one message. Source: structured-merge-diff `ValidationErrors.Error`. */
export function conformityMessage(errors: readonly string[]): string {
  return errors.length === 1 ? (errors[0] as string) : ["errors:", ...errors.map((error) => `  ${error}`)].join("\n");
}
