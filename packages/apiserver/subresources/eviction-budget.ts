import { type Pod, type PodDisruptionBudget, setCondition } from "@wherry/api";
import { failure, forbidden, rfc3339, type StatusError } from "@wherry/base";

/** How many pods may be on their way out without the budget's controller having seen them go. */
const MOST_PENDING = 2000;
const RETRY_SECONDS = 10;

/**
 * Takes one disruption from a budget, whose status changes. False: the pod is not ready, and may go without one. Throws TooManyRequests when
 * there is none left, or Forbidden. Source: upstream's `checkAndDecrement`.
 * @param now milliseconds since the epoch
 */
export function takeDisruption(budget: PodDisruptionBudget, pod: Pod, ready: boolean, now: number): boolean {
  const { name } = budget.metadata;
  const status = budget.status ?? { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
  if (!ready && mayGoUnready(budget)) return false;
  if ((status.observedGeneration ?? 0) < (budget.metadata.generation ?? 0))
    throw tooMany(`The disruption budget ${name} is still being processed by the server.`, RETRY_SECONDS);
  const refuse = (why: string) => forbidden({ group: "policy", resource: "poddisruptionbudget" }, name, why);
  if (status.disruptionsAllowed < 0) throw refuse("pdb disruptions allowed is negative");
  if (Object.keys(status.disruptedPods ?? {}).length > MOST_PENDING)
    throw refuse("DisruptedPods map too big - too many evictions not confirmed by PDB controller");
  if (status.disruptionsAllowed === 0) {
    const { desiredHealthy, currentHealthy } = status;
    throw tooMany(`The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`);
  }
  status.disruptionsAllowed--;
  status.disruptedPods = { ...status.disruptedPods, [pod.metadata.name]: rfc3339(now) };
  budget.status = status;
  if (status.disruptionsAllowed === 0) markExhausted(budget, now);
  return true;
}

/** A pod that is not ready does not count as healthy: losing it costs nothing, or the budget says that it may go anyway. */
function mayGoUnready({ spec, status }: PodDisruptionBudget): boolean {
  if (spec.unhealthyPodEvictionPolicy === "AlwaysAllow") return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {};
  return desiredHealthy > 0 && currentHealthy >= desiredHealthy;
}

/** Source: policy `UpdateDisruptionAllowedCondition`. */
function markExhausted({ status }: PodDisruptionBudget, now: number): void {
  if (!status) return;
  const { observedGeneration } = status;
  const none = { type: "DisruptionAllowed", status: "False", reason: "InsufficientPods", message: "", lastTransitionTime: rfc3339(now) };
  status.conditions = [
    ...setCondition(status.conditions, { ...none, ...(observedGeneration !== undefined && { observedGeneration }) }, now),
  ];
}

function tooMany(message: string, retryAfterSeconds?: number): StatusError {
  const causes = [{ reason: "DisruptionBudget", message }];
  const details = { causes, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) };
  return failure(429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.", details);
}
