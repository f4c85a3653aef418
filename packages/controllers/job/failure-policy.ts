import type { ContainerStatus, Job, Pod, PodFailurePolicyOnExitCodesRequirement, PodFailurePolicyRule } from "@wherry/api";
import { keyOf } from "@wherry/machinery";

/** What the job's pod failure policy makes of a failed pod. */
export interface FailureVerdict {
  /** The first rule that matched says so; absent when none did. */
  action?: string;
  /** Whether it counts towards the back-off limits. */
  counts: boolean;
  /** Why the whole job fails; only with the action FailJob. */
  message?: string;
}

/** Source: pod_failure_policy.go `matchPodFailurePolicy`. */
export function judgeFailure(job: Job, pod: Pod): FailureVerdict {
  for (const [i, rule] of (job.spec.podFailurePolicy?.rules ?? []).entries()) {
    const cause = causeOf(rule, pod);
    if (cause === undefined) continue;
    const { action } = rule;
    if (action === "Ignore") return { action, counts: false };
    if (action !== "FailJob") return { action, counts: true };
    return { action, counts: true, message: `${cause} matching ${action} rule at index ${i}` };
  }
  return { counts: true };
}

function causeOf({ onExitCodes, onPodConditions }: PodFailurePolicyRule, pod: Pod): string | undefined {
  if (onExitCodes) {
    const container = failedContainer(onExitCodes, pod);
    return container && `Container ${container.name} for pod ${keyOf(pod)} failed with exit code ${container.state?.terminated?.exitCode}`;
  }
  const conditions = pod.status?.conditions ?? [];
  const found = conditions.find((c) => onPodConditions?.some(({ type, status }) => c.type === type && c.status === status));
  return found && `Pod ${keyOf(pod)} has condition ${found.type}`;
}

function failedContainer(codes: PodFailurePolicyOnExitCodesRequirement, { status }: Pod): ContainerStatus | undefined {
  const all = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  return all.find(({ name, state }) => {
    const code = state?.terminated?.exitCode ?? 0;
    if (code === 0 || (codes.containerName ?? name) !== name) return false;
    return codes.values.includes(code) === (codes.operator === "In");
  });
}
