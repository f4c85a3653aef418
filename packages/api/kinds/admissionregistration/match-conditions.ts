import { duplicate, type FieldError, isQualifiedName, tooMany } from "@wherry/machinery";
import type { MatchCondition } from "../../generated/types.ts";
import { each, named, present } from "../rules.ts";
import { validateExpression } from "./expression.ts";

const MOST = 64;

/** Source: admissionregistration validation `validateMatchConditions`. */
export function validateMatchConditions(conditions: readonly MatchCondition[] | undefined, path: string, params = false): FieldError[] {
  const names = (conditions ?? []).map((c) => c.name);
  return [
    ...(names.length > MOST ? [tooMany(path, names.length, MOST)] : []),
    ...each(conditions, path, ({ name, expression }, at, i) => [
      ...present(`${at}.expression`, expression?.trim()),
      ...validateExpression(`${at}.expression`, expression?.trim(), { types: ["bool"], params }),
      ...named(`${at}.name`, name, isQualifiedName),
      ...(name && names.indexOf(name) < i ? [duplicate(`${at}.name`, name)] : []),
    ]),
  ];
}
