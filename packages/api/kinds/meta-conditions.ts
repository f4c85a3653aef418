import { duplicate, type FieldError, invalid, isQualifiedName, notSupported, required, tooLong } from "@wherry/machinery";
import { fullMatch, maxLenError, regexError } from "@wherry/machinery/validation-messages.ts";
import type { Condition } from "../generated/types.ts";
import { broken, each } from "./rules.ts";

const STATUSES = ["False", "True", "Unknown"];
const LONGEST_REASON = 1024;
const LONGEST_MESSAGE = 32 * 1024;
const REASON = "[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?";
const reasonPattern = fullMatch(REASON);
const REASON_MESSAGE =
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'";

/** What is wrong with conditions of the common type `metav1.Condition`. Source: apimachinery `validation.ValidateConditions`. */
export function validateConditions(conditions: readonly Condition[] | undefined, path: string): FieldError[] {
  const types = (conditions ?? []).map((c) => c.type);
  return each(conditions, path, (condition, at, i) => [
    ...(types.indexOf(condition.type) < i ? [duplicate(`${at}.type`, condition.type ?? "")] : []),
    ...validateCondition(condition, at),
  ]);
}

function validateCondition(
  { type = "", status = "", observedGeneration = 0, lastTransitionTime, reason, message }: Condition,
  path: string,
) {
  const generation = `${path}.observedGeneration`;
  return [
    ...broken(`${path}.type`, type, isQualifiedName(type)),
    ...(STATUSES.includes(status) ? [] : [notSupported(`${path}.status`, status, STATUSES)]),
    ...(observedGeneration < 0 ? [invalid(generation, observedGeneration, "must be greater than or equal to zero")] : []),
    ...(lastTransitionTime ? [] : [required(`${path}.lastTransitionTime`, "must be set")]),
    ...(reason ? broken(`${path}.reason`, reason, reasonProblems(reason)) : [required(`${path}.reason`, "must be set")]),
    ...(Buffer.byteLength(message ?? "") > LONGEST_MESSAGE ? [tooLong(`${path}.message`, LONGEST_MESSAGE)] : []),
  ];
}

function reasonProblems(reason: string): string[] {
  if (reason.length > LONGEST_REASON) return [maxLenError(LONGEST_REASON)];
  if (reasonPattern.test(reason)) return [];
  return [regexError(REASON_MESSAGE, REASON, "my_name", "MY_NAME", "MyName", "ReasonA,ReasonB", "ReasonA:ReasonB")];
}
