import { type FieldError, invalid, notSupported, required } from "@wherry/machinery";
import type { DaemonSetUpdateStrategy, RollingUpdateDaemonSet } from "../../generated/types.ts";
import { atMost100Percent, intOrPercentValue, positiveIntOrPercent } from "../rules.ts";

/** Source: apps/v1 defaults `SetDefaults_DaemonSet`. */
export function defaultDaemonStrategy(given: DaemonSetUpdateStrategy | undefined): DaemonSetUpdateStrategy {
  const strategy = given ?? {};
  strategy.type ||= "RollingUpdate";
  if (strategy.type === "RollingUpdate") strategy.rollingUpdate = { maxUnavailable: 1, maxSurge: 0, ...strategy.rollingUpdate };
  return strategy;
}

/** Source: apps validation `ValidateDaemonSetUpdateStrategy`. */
export function validateDaemonStrategy(strategy: DaemonSetUpdateStrategy, path: string): FieldError[] {
  switch (strategy.type) {
    case "OnDelete":
      return [];
    case "RollingUpdate":
      return strategy.rollingUpdate
        ? validateRollingUpdate(strategy.rollingUpdate, `${path}.rollingUpdate`)
        : [required(`${path}.rollingUpdate`)];
    default:
      return [notSupported(path, strategy, ["RollingUpdate", "OnDelete"])];
  }
}

/** Source: apps validation `ValidateRollingUpdateDaemonSet`. */
function validateRollingUpdate({ maxUnavailable, maxSurge }: RollingUpdateDaemonSet, path: string): FieldError[] {
  const [unavailable, surge] = [`${path}.maxUnavailable`, `${path}.maxSurge`];
  const has = (value: number | string | undefined) => intOrPercentValue(value) !== 0;
  return [
    ...positiveIntOrPercent(unavailable, maxUnavailable),
    ...positiveIntOrPercent(surge, maxSurge),
    ...atMost100Percent(unavailable, maxUnavailable),
    ...atMost100Percent(surge, maxSurge),
    ...(has(maxUnavailable) && has(maxSurge) ? [invalid(surge, maxSurge, "may not be set when maxUnavailable is non-zero")] : []),
    ...(!has(maxUnavailable) && !has(maxSurge) ? [required(unavailable, "cannot be 0 when maxSurge is 0")] : []),
  ];
}
