import { type ContainerStatus, isPodTerminal, isRestartableInit, type Pod, type PodStatus, podQOSClass } from "@wherry/api";
import { rfc3339 } from "@wherry/base";
import type { ContainerStatus as EngineContainer } from "@wherry/runtime";
import type { PodPlace } from "../env/pod-field.ts";
import { podConditions, timedConditions } from "./conditions.ts";
import { type ContainerFacts, containerStatus, previousStatus, type Waiting } from "./container-status.ts";
import { anyStarted, type Phase, phaseOf } from "./phase.ts";

/** Everything a pod's status is computed from. */
export interface PodFacts {
  /** With the status that the API has. */
  pod: Pod;
  now: number;
  /** When the node took the pod. */
  startedAt: number;
  place: PodPlace;
  /** By container name: its starts, newest first. One that is still being started is not among them. */
  attempts: ReadonlyMap<string, readonly EngineContainer[]>;
  /** By container name. */
  waiting: ReadonlyMap<string, Waiting>;
  hasSandbox: boolean;
  /** Nothing will be started any more. */
  over: boolean;
  /** The node itself ends the pod: a deadline, or a refusal. */
  failure: { reason: string; message: string } | undefined;
  lastWords: ContainerFacts["lastWords"];
  started: ContainerFacts["started"];
  ready: ContainerFacts["ready"];
}

/** The status of a pod on this node. Pure. Conditions of other owners are not in it. */
export function podStatus(facts: PodFacts): PodStatus {
  const { pod, now, place } = facts;
  const spec = pod.spec!;
  const defaultReason = spec.initContainers?.length ? "PodInitializing" : "ContainerCreating";
  const init = (spec.initContainers ?? []).map((container) =>
    initStatus(factsOf(facts, container, defaultReason), isRestartableInit(container)),
  );
  const main = spec.containers.map((container) => containerStatus(factsOf(facts, container, defaultReason)));
  const computed = facts.over ? [...init, ...main].map((s) => settled(s, wasInitialized(pod, [...init, ...main]))) : [...init, ...main];
  const statuses = computed.map((status) => (isRevived(pod, status) ? previousStatus(pod, status.name)! : status));
  const phase = nextPhase(facts, statuses);
  const failed = phase === "Failed" ? (facts.failure ?? pod.status) : undefined;
  return {
    phase,
    conditions: timedConditions(podConditions(pod, statuses, phase, facts.hasSandbox), pod.status?.conditions, rfc3339(now)),
    ...(failed?.message && { message: failed.message }),
    ...(failed?.reason && { reason: failed.reason }),
    hostIP: place.hostIP,
    hostIPs: [{ ip: place.hostIP }],
    ...addresses(facts),
    startTime: rfc3339(facts.startedAt),
    ...(init.length && { initContainerStatuses: statuses.slice(0, init.length) }),
    containerStatuses: statuses.slice(init.length),
    qosClass: pod.status?.qosClass ?? podQOSClass(pod),
  };
}

function factsOf(facts: PodFacts, container: ContainerFacts["container"], defaultReason: string): ContainerFacts {
  return {
    container,
    attempts: facts.attempts.get(container.name) ?? [],
    waiting: facts.waiting.get(container.name),
    previous: previousStatus(facts.pod, container.name),
    defaultReason,
    lastWords: facts.lastWords,
    started: facts.started,
    ready: facts.ready,
  };
}

/** An init container is ready when it has done its work. */
function initStatus(facts: ContainerFacts, sidecar: boolean): ContainerStatus {
  const status = containerStatus(facts);
  return sidecar ? status : { ...status, ready: status.state?.terminated?.exitCode === 0 };
}

const wasInitialized = (pod: Pod, statuses: readonly ContainerStatus[]): boolean =>
  anyStarted(pod.spec!, new Map(statuses.map((s) => [s.name, s])));

/** A pod that is over has no container that waits: what never came to run is said to have ended. Source: kubelet SyncTerminatedPod. */
function settled(status: ContainerStatus, initialized: boolean): ContainerStatus {
  if (!status.state?.waiting) return status;
  const ended = status.lastState?.terminated;
  if (ended) return { ...status, state: { terminated: ended }, lastState: {} };
  if (!initialized) return status;
  const message = "The container could not be located when the pod was terminated";
  return { ...status, state: { terminated: { exitCode: 137, reason: "ContainerStatusUnknown", message } } };
}

/**
 * A container that has ended for good stays so in the API, which refuses anything else; only an init container that runs once more, in a new sandbox, seems to
 * come back.
 */
function isRevived(pod: Pod, status: ContainerStatus): boolean {
  const { spec } = pod;
  const ended = previousStatus(pod, status.name)?.state?.terminated;
  const isSidecar = spec.initContainers?.some((c) => c.name === status.name && isRestartableInit(c));
  if (!ended || status.state?.terminated || isSidecar || spec.restartPolicy === "Always") return false;
  return spec.restartPolicy === "Never" || ended.exitCode === 0;
}

function nextPhase(facts: PodFacts, statuses: readonly ContainerStatus[]): Phase {
  const { pod, failure, over } = facts;
  const before = pod.status?.phase as Phase | undefined;
  if (isPodTerminal(pod)) return before!;
  const computed = failure ? "Failed" : phaseOf(pod.spec!, statuses, over);
  const isFinal = computed === "Succeeded" || computed === "Failed";
  // The end is only told when it has come: nobody may take a pod's place while a container of it runs.
  return isFinal && statuses.some((s) => s.state?.running) ? (before ?? "Pending") : computed;
}

function addresses({ pod, place }: PodFacts): Pick<PodStatus, "podIP" | "podIPs"> {
  const podIP = place.podIP ?? pod.status?.podIP;
  return podIP ? { podIP, podIPs: [{ ip: podIP }] } : {};
}
