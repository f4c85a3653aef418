import type { Job } from "@wherry/api";
import { countCommon, countIndexes, type Indexes, parseIndexes } from "./indexes.ts";

/** Why the job's success policy is met; undefined when it has none, or it is not. Source: success_policy.go `matchSuccessPolicy`. */
export function successPolicyMet({ spec }: Job, succeeded: Indexes): string | undefined {
  const met = spec.successPolicy?.rules.findIndex(({ succeededIndexes, succeededCount }) => {
    if (succeededIndexes === undefined) return succeededCount !== undefined && countIndexes(succeeded) >= succeededCount;
    const wanted = parseIndexes(succeededIndexes, spec.completions ?? 0);
    return countCommon(succeeded, wanted) >= (succeededCount ?? countIndexes(wanted));
  });
  return met === undefined || met < 0 ? undefined : `Matched rules at index ${met}`;
}
