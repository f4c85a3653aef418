import { type FieldError, forbiddenField, invalid, notSupported, required } from "@wherry/machinery";
import type { DeploymentStrategy } from "../../generated/types.ts";
import { atMost100Percent, intOrPercentValue, positiveIntOrPercent } from "../rules.ts";

const PATH = "spec.strategy";
const QUARTER = "25%";

/** Source: apps/v1 defaults `SetDefaults_Deployment`. */
export function defaultStrategy(given: DeploymentStrategy | undefined): DeploymentStrategy {
  const strategy = given ?? {};
  strategy.type ||= "RollingUpdate";
  if (strategy.type !== "RollingUpdate") return strategy;
  strategy.rollingUpdate ??= {};
  strategy.rollingUpdate.maxUnavailable ??= QUARTER;
  strategy.rollingUpdate.maxSurge ??= QUARTER;
  return strategy;
}

/** Source: apps validation `ValidateDeploymentStrategy`. */
export function validateStrategy(s: DeploymentStrategy): FieldError[] {
  const path = `${PATH}.rollingUpdate`;
  switch (s.type) {
    case "Recreate":
      return s.rollingUpdate ? [forbiddenField(path, "may not be specified when strategy `type` is 'Recreate'")] : [];
    case "RollingUpdate":
      return s.rollingUpdate ? validateRollingUpdate(s.rollingUpdate, path) : [required(path, "this should be defaulted and never be nil")];
    default:
      return [notSupported(`${PATH}.type`, s.type, ["Recreate", "RollingUpdate"])];
  }
}

function validateRollingUpdate(r: NonNullable<DeploymentStrategy["rollingUpdate"]>, path: string): FieldError[] {
  const { maxUnavailable = 0, maxSurge = 0 } = r;
  const at = `${path}.maxUnavailable`;
  const stuck = intOrPercentValue(maxUnavailable) === 0 && intOrPercentValue(maxSurge) === 0;
  return [
    ...positiveIntOrPercent(at, maxUnavailable),
    ...positiveIntOrPercent(`${path}.maxSurge`, maxSurge),
    ...(stuck ? [invalid(at, maxUnavailable, "may not be 0 when `maxSurge` is 0")] : []),
    ...atMost100Percent(at, maxUnavailable),
  ];
}
