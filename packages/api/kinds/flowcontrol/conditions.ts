import { duplicate, type FieldError } from "@wherry/machinery";
import { each, present } from "../rules.ts";

/** Conditions have types, and one of each. Source: flowcontrol validation `ValidateFlowSchemaStatus`, `ValidatePriorityLevelConfigurationStatus`. */
export function validateConditionTypes(conditions: readonly { type?: string }[] | undefined): FieldError[] {
  const types = (conditions ?? []).map((c) => c.type);
  return each(conditions, "status.conditions", ({ type }, at, i) => [
    ...(types.indexOf(type) < i ? [duplicate(`${at}.type`, type ?? "")] : []),
    ...present(`${at}.type`, type, "must not be empty"),
  ]);
}
