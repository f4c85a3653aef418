import { type FieldError, invalid } from "@wherry/machinery";
import { CelLanguage } from "@wherry/machinery/cel/language.ts";

/** What expressions about requests speak of. What it looks like is known when a request comes. */
const ALWAYS = ["authorizer", "namespaceObject", "object", "oldObject", "request"];
/** A function that this CEL does not have may still be one of upstream's; an operator that does not fit is a mistake. */
const UNKNOWN_FUNCTION = /found no matching overload for '[^_]/;

let language: CelLanguage | undefined;

/** What an expression is to give, and what it may speak of besides the request. */
export interface ExpressionUse {
  types: readonly ("bool" | "null" | "string")[] | "any";
  params?: boolean;
  variables?: boolean;
}

/**
 * What is wrong with an expression, if it is there. The language must be loaded: `loadCel`. Source: admissionregistration validation `validateCELCondition`,
 * apiserver `plugin/cel/compile.go`.
 */
export function validateExpression(path: string, expression: string | undefined, use: ExpressionUse): FieldError[] {
  if (!expression?.trim()) return [];
  language ??= new CelLanguage();
  const names = [...ALWAYS, ...(use.params ? ["params"] : []), ...(use.variables ? ["variables"] : [])];
  try {
    const { type } = language.compile(expression, Object.fromEntries(names.map((name) => [name, "dyn"])));
    if (use.types === "any" || use.types.some((wanted) => wanted === type)) return [];
    return [invalid(path, expression, expected(use.types))];
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return UNKNOWN_FUNCTION.test(message) ? [] : [invalid(path, expression, message)];
  }
}

function expected(types: readonly string[]): string {
  const words = types.map((type) => (type === "null" ? "null_type" : type));
  return words.length === 1 ? `must evaluate to ${words[0]}` : `must evaluate to one of [${words.join(" ")}]`;
}
