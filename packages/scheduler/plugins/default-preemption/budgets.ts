import type { PodDisruptionBudget } from "@wherry/api";
import { labelSelectorFrom } from "@wherry/machinery";
import type { PodInfo } from "../../framework/pod-info.ts";

/** Those of the pods, in their order, whose going would break a budget, and the others. Source: `filterPodsWithPDBViolation`. */
export function splitByBudget(
  pods: readonly PodInfo[],
  budgets: readonly PodDisruptionBudget[],
): { violating: PodInfo[]; harmless: PodInfo[] } {
  const left = new Map(budgets.map((budget) => [budget, budget.status?.disruptionsAllowed ?? 0]));
  const violating: PodInfo[] = [];
  const harmless: PodInfo[] = [];
  for (const pod of pods) {
    let breaks = false;
    for (const budget of budgets) {
      if (!covers(budget, pod)) continue;
      const allowed = (left.get(budget) ?? 0) - 1;
      left.set(budget, allowed);
      if (allowed < 0) breaks = true;
    }
    (breaks ? violating : harmless).push(pod);
  }
  return { violating, harmless };
}

/** A budget does not count a pod that is already on its way out. */
function covers({ metadata, spec, status }: PodDisruptionBudget, { pod }: PodInfo): boolean {
  if (metadata.namespace !== pod.metadata.namespace || !pod.metadata.labels) return false;
  const selector = labelSelectorFrom(spec?.selector);
  if (selector.empty || !selector.matches(pod.metadata.labels)) return false;
  return !Object.hasOwn(status?.disruptedPods ?? {}, pod.metadata.name);
}
