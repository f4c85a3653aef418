import type { NodeCondition } from "@wherry/api";
import type { HostFacts } from "./host-facts.ts";

/** Source: kubelet's default hard eviction thresholds. */
const MEMORY_MIN = 100 * 2 ** 20;
const DISK_MIN_SHARE = 0.1;
const INODES_MIN_SHARE = 0.05;
/** Nothing is evicted here, so a tenth of a large disk is no reason to take no more pods: this much is enough. */
const DISK_ENOUGH = 2 ** 30;
const PIDS_MIN_SHARE = 0.05;

interface Pressure {
  type: string;
  under(facts: HostFacts): boolean;
  yes: readonly [reason: string, message: string];
  no: readonly [reason: string, message: string];
}

const pressures: readonly Pressure[] = [
  {
    type: "MemoryPressure",
    under: (facts) => facts.memoryAvailable < MEMORY_MIN,
    yes: ["KubeletHasInsufficientMemory", "kubelet has insufficient memory available"],
    no: ["KubeletHasSufficientMemory", "kubelet has sufficient memory available"],
  },
  {
    type: "DiskPressure",
    under: (facts) => facts.diskAvailable < Math.min(DISK_ENOUGH, facts.diskBytes * DISK_MIN_SHARE) || facts.inodesFree < INODES_MIN_SHARE,
    yes: ["KubeletHasDiskPressure", "kubelet has disk pressure"],
    no: ["KubeletHasNoDiskPressure", "kubelet has no disk pressure"],
  },
  {
    type: "PIDPressure",
    under: (facts) => facts.maxProcesses - facts.processes < facts.maxProcesses * PIDS_MIN_SHARE,
    yes: ["KubeletHasInsufficientPID", "kubelet has insufficient PID available"],
    no: ["KubeletHasSufficientPID", "kubelet has sufficient PID available"],
  },
];

/** The node's conditions. `problem` says why it cannot run pods now; undefined = it can. Conditions keep their transition time while their status stays. */
export function nodeConditions(
  facts: HostFacts,
  problem: string | undefined,
  before: readonly NodeCondition[] | undefined,
  now: string,
): NodeCondition[] {
  const verdicts = pressures.map(({ type, under, yes, no }) => {
    const pressed = under(facts);
    const [reason, message] = pressed ? yes : no;
    return { type, status: pressed ? "True" : "False", reason, message };
  });
  verdicts.push(
    problem === undefined
      ? { type: "Ready", status: "True", reason: "KubeletReady", message: "kubelet is posting ready status" }
      : { type: "Ready", status: "False", reason: "KubeletNotReady", message: problem },
  );
  return verdicts.map((verdict) => {
    const old = before?.find((c) => c.type === verdict.type);
    const lastTransitionTime = (old?.status === verdict.status ? old.lastTransitionTime : undefined) ?? now;
    return { ...verdict, lastHeartbeatTime: now, lastTransitionTime };
  });
}

/** What a changed condition is called in an Event. */
export function transitionReason({ type, status, reason }: NodeCondition): string {
  if (type === "Ready") return status === "True" ? "NodeReady" : "NodeNotReady";
  return (reason ?? "").replace("Kubelet", "Node");
}
