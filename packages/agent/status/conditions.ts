import { type Container, type ContainerStatus, isRestartableInit, type Pod, type PodCondition, type PodSpec } from "@wherry/api";
import { anyStarted, type Phase } from "./phase.ts";

/** A condition without its times. */
export interface Verdict {
  type: string;
  status: "True" | "False";
  reason?: string;
  message?: string;
}

/** The conditions that the node decides, in the kubelet's order. */
export function podConditions(pod: Pod, statuses: readonly ContainerStatus[], phase: Phase, hasSandbox: boolean): Verdict[] {
  const spec = pod.spec!;
  const containersReady = verdictContainersReady(spec, statuses, phase);
  return [
    { type: "PodReadyToStartContainers", status: hasSandbox ? "True" : "False" },
    verdictInitialized(spec, statuses, phase),
    verdictReady(pod, containersReady),
    containersReady,
    { type: "PodScheduled", status: "True" },
  ];
}

/** Source: status.GenerateContainersReadyCondition. */
function verdictContainersReady(spec: PodSpec, statuses: readonly ContainerStatus[], phase: Phase): Verdict {
  const type = "ContainersReady";
  if (phase === "Succeeded") return { type, status: "False", reason: "PodCompleted" };
  if (phase === "Failed") return { type, status: "False", reason: "PodFailed" };
  const containers = [...(spec.initContainers ?? []).filter(isRestartableInit), ...spec.containers];
  return verdict(
    type,
    "ContainersNotReady",
    "unready",
    sort(containers, statuses, (s) => s.ready),
  );
}

/** Source: status.GeneratePodInitializedCondition. */
function verdictInitialized(spec: PodSpec, statuses: readonly ContainerStatus[], phase: Phase): Verdict {
  const type = "Initialized";
  const init = spec.initContainers ?? [];
  const sorted = sort(init, statuses, (s, container) => (isRestartableInit(container) ? (s.started ?? false) : s.ready));
  if (phase === "Succeeded" && sorted.unknown.length === 0) return { type, status: "True", reason: "PodCompleted" };
  if (anyStarted(spec, new Map(statuses.map((s) => [s.name, s])))) return { type, status: "True" };
  return verdict(type, "ContainersNotInitialized", "incomplete", sorted);
}

/** Source: status.GeneratePodReadyCondition. */
function verdictReady(pod: Pod, containersReady: Verdict): Verdict {
  if (containersReady.status === "False") return { ...containersReady, type: "Ready" };
  const messages = (pod.spec?.readinessGates ?? []).flatMap(({ conditionType }) => {
    const condition = pod.status?.conditions?.find((c) => c.type === conditionType);
    if (!condition) return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`];
    return condition.status === "True"
      ? []
      : [`the status of pod readiness gate "${conditionType}" is not "True", but ${condition.status}`];
  });
  if (messages.length === 0) return { type: "Ready", status: "True" };
  return { type: "Ready", status: "False", reason: "ReadinessGatesNotReady", message: messages.join(", ") };
}

interface Sorted {
  unknown: string[];
  not: string[];
}

function sort(
  containers: readonly Container[],
  statuses: readonly ContainerStatus[],
  fits: (s: ContainerStatus, c: Container) => boolean,
): Sorted {
  const sorted: Sorted = { unknown: [], not: [] };
  for (const container of containers) {
    const status = statuses.find((s) => s.name === container.name);
    if (!status) sorted.unknown.push(container.name);
    else if (!fits(status, container)) sorted.not.push(container.name);
  }
  return sorted;
}

function verdict(type: string, reason: string, word: string, { unknown, not }: Sorted): Verdict {
  const messages = [
    ...(unknown.length ? [`containers with unknown status: [${unknown.join(" ")}]`] : []),
    ...(not.length ? [`containers with ${word} status: [${not.join(" ")}]`] : []),
  ];
  return messages.length ? { type, status: "False", reason, message: messages.join(", ") } : { type, status: "True" };
}

/** Gives verdicts their times: a condition keeps its transition time while its status stays. Others' conditions are left out. */
export function timedConditions(verdicts: readonly Verdict[], before: readonly PodCondition[] | undefined, now: string): PodCondition[] {
  return verdicts.map((v) => {
    const old = before?.find((c) => c.type === v.type);
    return { ...v, lastTransitionTime: (old?.status === v.status ? old.lastTransitionTime : undefined) ?? now };
  });
}
