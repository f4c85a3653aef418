import { type FieldError, invalid, required } from "@wherry/machinery";
import type { HorizontalPodAutoscalerBehavior, HPAScalingPolicy, HPAScalingRules } from "../../../generated/types.ts";
import { each, oneOf, oneOfIfSet } from "../../rules.ts";

const MAX_PERIOD_SECONDS = 1800;
const MAX_WINDOW_SECONDS = 3600;
const PERIOD_SECONDS = 15;

/** What is not said about how to scale, once something is. Source: autoscaling/v2 defaults `SetDefaults_HorizontalPodAutoscalerBehavior`. */
export function defaultBehavior(behavior: HorizontalPodAutoscalerBehavior | undefined): void {
  if (!behavior) return;
  const all = { type: "Percent", value: 100, periodSeconds: PERIOD_SECONDS };
  const four = { type: "Pods", value: 4, periodSeconds: PERIOD_SECONDS };
  behavior.scaleUp = { stabilizationWindowSeconds: 0, selectPolicy: "Max", policies: [four, all], ...behavior.scaleUp };
  behavior.scaleDown = { selectPolicy: "Max", policies: [all], ...behavior.scaleDown };
}

/** Source: autoscaling validation `validateBehavior`. */
export function validateBehavior(behavior: HorizontalPodAutoscalerBehavior | undefined, path: string): FieldError[] {
  return [...validateRules(behavior?.scaleUp, `${path}.scaleUp`), ...validateRules(behavior?.scaleDown, `${path}.scaleDown`)];
}

function validateRules(rules: HPAScalingRules | undefined, path: string): FieldError[] {
  if (!rules) return [];
  const at = `${path}.stabilizationWindowSeconds`;
  const window = rules.stabilizationWindowSeconds ?? 0;
  return [
    ...(window < 0 ? [invalid(at, window, "must be greater than or equal to zero")] : []),
    ...(window > MAX_WINDOW_SECONDS ? [invalid(at, window, `must be less than or equal to ${MAX_WINDOW_SECONDS}`)] : []),
    ...oneOfIfSet(`${path}.selectPolicy`, rules.selectPolicy, ["Disabled", "Max", "Min"]),
    ...(rules.policies?.length ? [] : [required(`${path}.policies`, "must specify at least one Policy")]),
    ...each(rules.policies, `${path}.policies`, validatePolicy),
  ];
}

function validatePolicy(policy: HPAScalingPolicy, path: string): FieldError[] {
  const { value = 0, periodSeconds = 0 } = policy;
  const at = `${path}.periodSeconds`;
  return [
    ...oneOf(`${path}.type`, policy.type, ["Percent", "Pods"]),
    ...(value <= 0 ? [invalid(`${path}.value`, value, "must be greater than zero")] : []),
    ...(periodSeconds <= 0 ? [invalid(at, periodSeconds, "must be greater than zero")] : []),
    ...(periodSeconds > MAX_PERIOD_SECONDS ? [invalid(at, periodSeconds, `must be less than or equal to ${MAX_PERIOD_SECONDS}`)] : []),
  ];
}
