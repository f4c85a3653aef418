import { type FieldError, forbiddenField, invalid, isValidPercent, notSupported, required } from "@wherry/machinery";
import type { DeploymentStrategy } from "../../generated/types.ts";
import { broken } from "../rules.ts";

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
  const stuck = amount(maxUnavailable) === 0 && amount(maxSurge) === 0;
  return [
    ...intOrPercent(`${path}.maxUnavailable`, maxUnavailable),
    ...intOrPercent(`${path}.maxSurge`, maxSurge),
    ...(stuck ? [invalid(`${path}.maxUnavailable`, maxUnavailable, "may not be 0 when `maxSurge` is 0")] : []),
    ...(percentage(maxUnavailable) > 100 ? [invalid(`${path}.maxUnavailable`, maxUnavailable, "must not be greater than 100%")] : []),
  ];
}

/** Source: apps validation `ValidatePositiveIntOrPercent`. */
function intOrPercent(path: string, value: number | string): FieldError[] {
  if (typeof value === "string") return broken(path, value, isValidPercent(value));
  return value < 0 ? [invalid(path, value, "must be greater than or equal to 0")] : [];
}

const percentage = (value: number | string) =>
  typeof value === "string" && isValidPercent(value).length === 0 ? Number.parseInt(value, 10) : 0;
const amount = (value: number | string) => (typeof value === "string" ? percentage(value) : value);
