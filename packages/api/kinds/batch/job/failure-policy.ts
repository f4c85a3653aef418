import { duplicate, type FieldError, forbiddenField, invalid, isQualifiedName, notSupported, required, tooMany } from "@wherry/machinery";
import type {
  JobSpec,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
  PodFailurePolicyRule,
} from "../../../generated/types.ts";
import { broken, each } from "../../rules.ts";

const MOST_RULES = 20;
const MOST_PATTERNS = 20;
const MOST_EXIT_CODES = 255;
const ACTIONS = ["Count", "FailIndex", "FailJob", "Ignore"];

/** Source: batch validation `validatePodFailurePolicy`. */
export function validateFailurePolicy(spec: JobSpec, path: string): FieldError[] {
  const rules = spec.podFailurePolicy?.rules ?? [];
  const { containers = [], initContainers = [] } = spec.template?.spec ?? {};
  const names = new Set([...containers, ...initContainers].map((c) => c.name));
  return [
    ...(rules.length > MOST_RULES ? [tooMany(`${path}.rules`, rules.length, MOST_RULES)] : []),
    ...each(rules, `${path}.rules`, (rule, at) => [
      ...validateAction(rule, spec, `${at}.action`),
      ...(rule.onExitCodes ? validateExitCodes(rule.onExitCodes, names, `${at}.onExitCodes`) : []),
      ...validateConditions(rule.onPodConditions ?? [], `${at}.onPodConditions`),
      ...oneRequirement(rule, at),
    ]),
  ];
}

const shown = (words: readonly string[]) => `[${words.map((word) => JSON.stringify(word)).join(" ")}]`;

function validateAction({ action }: PodFailurePolicyRule, spec: JobSpec, path: string): FieldError[] {
  if (!action) return [required(path, `valid values: ${shown(ACTIONS)}`)];
  if (action === "FailIndex" && spec.backoffLimitPerIndex === undefined)
    return [invalid(path, action, "requires the backoffLimitPerIndex to be set")];
  return ACTIONS.includes(action) ? [] : [notSupported(path, action, ACTIONS)];
}

function oneRequirement({ onExitCodes, onPodConditions = [] }: PodFailurePolicyRule, path: string): FieldError[] {
  const both = onExitCodes && onPodConditions.length > 0;
  const none = !onExitCodes && onPodConditions.length === 0;
  return [
    ...(both ? [invalidWithout(path, "specifying both OnExitCodes and OnPodConditions is not supported")] : []),
    ...(none ? [invalidWithout(path, "specifying one of OnExitCodes and OnPodConditions is required")] : []),
  ];
}

/** An invalid value that is not shown. Source: apimachinery `field.OmitValueType`. */
function invalidWithout(path: string, detail: string): FieldError {
  return { ...forbiddenField(path, detail), type: "FieldValueInvalid", message: `Invalid value: ${detail}` };
}

function validateConditions(patterns: readonly PodFailurePolicyOnPodConditionsPattern[], path: string): FieldError[] {
  const STATUSES = ["False", "True", "Unknown"];
  return [
    ...(patterns.length > MOST_PATTERNS ? [tooMany(path, patterns.length, MOST_PATTERNS)] : []),
    ...each(patterns, path, ({ type = "", status }, at) => [
      ...broken(`${at}.type`, type, isQualifiedName(type)),
      ...(STATUSES.includes(status) ? [] : [notSupported(`${at}.status`, status, STATUSES)]),
    ]),
  ];
}

function validateExitCodes(codes: PodFailurePolicyOnExitCodesRequirement, names: ReadonlySet<string>, path: string): FieldError[] {
  const { operator, containerName, values = [] } = codes;
  const OPERATORS = ["In", "NotIn"];
  const unknown = containerName !== undefined && !names.has(containerName);
  const list = `${path}.values`;
  return [
    ...(operator ? [] : [required(`${path}.operator`, `valid values: ${shown(OPERATORS)}`)]),
    ...(operator && !OPERATORS.includes(operator) ? [notSupported(`${path}.operator`, operator, OPERATORS)] : []),
    ...(unknown
      ? [invalid(`${path}.containerName`, containerName, "must be one of the container or initContainer names in the pod template")]
      : []),
    ...(values.length === 0 ? [invalid(list, values, "at least one value is required")] : []),
    ...(values.length > MOST_EXIT_CODES ? [tooMany(list, values.length, MOST_EXIT_CODES)] : []),
    ...values.flatMap((value, i) => validateExitCode(values, i, operator, `${list}[${i}]`, value)),
    ...(values.some((value, i) => value < (values[i - 1] ?? value)) ? [invalid(list, values, "must be ordered")] : []),
  ];
}

function validateExitCode(values: readonly number[], i: number, operator: string, path: string, value: number): FieldError[] {
  return [
    ...(operator === "In" && value === 0 ? [invalid(path, value, "must not be 0 for the In operator")] : []),
    ...(values.indexOf(value) < i ? [duplicate(path, value)] : []),
  ];
}
