import { type FieldError, invalid, required } from "@wherry/machinery";
import type { StatefulSetUpdateStrategy } from "../../generated/types.ts";
import { atMost100Percent, intOrPercentValue, nonNegative, positiveIntOrPercent } from "../rules.ts";

const PATH = "spec.updateStrategy";

/** Source: apps/v1 defaults `SetDefaults_StatefulSet`. */
export function defaultUpdateStrategy(given: StatefulSetUpdateStrategy | undefined): StatefulSetUpdateStrategy {
  const strategy = given ?? {};
  strategy.type ||= "RollingUpdate";
  if (strategy.type === "RollingUpdate") strategy.rollingUpdate = { partition: 0, ...strategy.rollingUpdate };
  return strategy;
}

/** Source: apps validation `ValidateStatefulSetSpec`. */
export function validateUpdateStrategy(strategy: StatefulSetUpdateStrategy): FieldError[] {
  const { type, rollingUpdate } = strategy;
  if (!type) return [required(PATH)];
  if (type === "OnDelete")
    return rollingUpdate ? [invalid(`${PATH}.rollingUpdate`, rollingUpdate, "only allowed for updateStrategy 'RollingUpdate'")] : [];
  if (type !== "RollingUpdate") return [invalid(PATH, strategy, "must be 'RollingUpdate' or 'OnDelete'")];
  const at = `${PATH}.rollingUpdate.maxUnavailable`;
  const most = rollingUpdate?.maxUnavailable;
  return [
    ...nonNegative(`${PATH}.rollingUpdate.partition`, rollingUpdate?.partition),
    ...positiveIntOrPercent(at, most),
    ...(most !== undefined && intOrPercentValue(most) === 0 ? [invalid(at, most, "cannot be 0")] : []),
    ...atMost100Percent(at, most),
  ];
}
