import { isPodReady, type Pod, type PodDisruptionBudget, type PodDisruptionBudgetStatus, setCondition } from "@wherry/api";
import { resolveIntOrPercent } from "@wherry/machinery";

/** How long a pod that was granted an eviction may still be there. Source: disruption.go `DeletionTimeout`. */
const DELETION_TIMEOUT_MS = 120_000;

/** What a budget counts. */
export interface BudgetSnapshot {
  budget: PodDisruptionBudget;
  /** The pods that it selects. */
  pods: readonly Pod[];
  /** How many pods their controllers want; an Error when one of them tells no number. */
  expected: () => number;
}

export interface BudgetPlan {
  status: PodDisruptionBudgetStatus;
  /** Pods that were to go, and did not. */
  overdue: Pod[];
  /** Why nothing could be counted. */
  failure?: string;
  requeueAfterMs?: number;
}

/** The status of a budget. Source: disruption.go `trySync`. */
export function planBudget({ budget, pods, expected }: BudgetSnapshot, now: number): BudgetPlan {
  const { disruptedPods: granted = {} } = budget.status ?? {};
  const staying = pods.filter((pod) => !pod.metadata.deletionTimestamp);
  const evicted = staying.filter((pod) => Object.hasOwn(granted, pod.metadata.name));
  const deadline = (pod: Pod) => Date.parse(granted[pod.metadata.name] as string) + DELETION_TIMEOUT_MS;
  const overdue = evicted.filter((pod) => deadline(pod) <= now);
  const pending = evicted.filter((pod) => deadline(pod) > now);
  const currentHealthy = staying.filter((pod) => isPodReady(pod) && !pending.includes(pod)).length;
  const rest = { overdue, ...(pending.length > 0 && { requeueAfterMs: Math.min(...pending.map(deadline)) - now }) };
  try {
    const { expectedPods, desiredHealthy } = goal(budget, pods, expected);
    const allowed = expectedPods > 0 ? Math.max(0, currentHealthy - desiredHealthy) : 0;
    const disruptedPods = Object.fromEntries(pending.map(({ metadata: { name } }) => [name, granted[name] as string]));
    const counts = { currentHealthy, desiredHealthy, expectedPods, disruptionsAllowed: allowed };
    const condition = { status: allowed > 0 ? "True" : "False", reason: allowed > 0 ? "SufficientPods" : "InsufficientPods", message: "" };
    return { ...rest, status: { ...statusWith(budget, condition, now), ...counts, ...(pending.length > 0 && { disruptedPods }) } };
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    const counts = { ...none, ...budget.status, disruptionsAllowed: 0 };
    return {
      ...rest,
      failure,
      status: { ...counts, ...statusWith(budget, { status: "False", reason: "SyncFailed", message: failure }, now) },
    };
  }
}

const none = { currentHealthy: 0, desiredHealthy: 0, expectedPods: 0, disruptionsAllowed: 0 };

/** Source: disruption.go `getExpectedPodCount`. */
function goal(
  { spec }: PodDisruptionBudget,
  pods: readonly Pod[],
  expected: () => number,
): { expectedPods: number; desiredHealthy: number } {
  const { minAvailable, maxUnavailable } = spec;
  if (maxUnavailable !== undefined) {
    const expectedPods = expected();
    return { expectedPods, desiredHealthy: Math.max(0, expectedPods - scaled(maxUnavailable, expectedPods)) };
  }
  if (typeof minAvailable === "string") {
    const expectedPods = expected();
    return { expectedPods, desiredHealthy: scaled(minAvailable, expectedPods) };
  }
  return { expectedPods: pods.length, desiredHealthy: minAvailable ?? 0 };
}

/** Rounds up, for both limits, as upstream does. */
const scaled = (value: number | string, whole: number) => resolveIntOrPercent(value, whole, true);

type Verdict = { status: string; reason: string; message: string };

function statusWith({ metadata, status }: PodDisruptionBudget, verdict: Verdict, now: number) {
  const { generation: observedGeneration = 0 } = metadata;
  const next = { type: "DisruptionAllowed", lastTransitionTime: "", ...verdict, observedGeneration };
  const { lastTransitionTime: _, ...condition } = next;
  return { observedGeneration, conditions: [...setCondition(status?.conditions, condition as typeof next, now)] };
}
