import { type ContainerStatus, isRestartableInit, type PodSpec } from "@wherry/api";

export type Phase = "Pending" | "Running" | "Succeeded" | "Failed";

interface Tally {
  unknown: number;
  running: number;
  waiting: number;
  stopped: number;
  succeeded: number;
}

/**
 * A pod's phase from its containers' statuses. `isTerminal`: nothing will be started any more, whatever the restart policy. Source: kubelet getPhase.
 */
export function phaseOf(spec: PodSpec, statuses: readonly ContainerStatus[], isTerminal: boolean): Phase {
  const byName = new Map(statuses.map((s) => [s.name, s]));
  const init = tallyInit(spec, byName);
  if (init.failed && spec.restartPolicy === "Never") return "Failed";
  const tally: Tally = { unknown: 0, running: 0, waiting: 0, stopped: 0, succeeded: 0 };
  const pendingSidecar = tallySidecars(spec, byName, tally);
  for (const { name } of spec.containers) tallyContainer(byName.get(name), tally);
  if (init.pending || (pendingSidecar && !anyStarted(spec, byName)) || tally.waiting > 0) return "Pending";
  if (tally.unknown > 0) return "Pending";
  if (tally.running > 0) return "Running";
  return tally.stopped > 0 ? stoppedPhase(spec, tally, isTerminal) : "Pending";
}

function stoppedPhase(spec: PodSpec, { stopped, succeeded }: Tally, isTerminal: boolean): Phase {
  const allSucceeded = stopped === succeeded;
  if (isTerminal) return allSucceeded ? "Succeeded" : "Failed";
  if (spec.restartPolicy === "Always") return "Running";
  if (allSucceeded) return "Succeeded";
  return spec.restartPolicy === "Never" ? "Failed" : "Running";
}

type Statuses = ReadonlyMap<string, ContainerStatus>;

function tallyInit(spec: PodSpec, byName: Statuses): { pending: boolean; failed: boolean } {
  const result = { pending: false, failed: false };
  for (const container of spec.initContainers ?? []) {
    if (isRestartableInit(container)) continue;
    const { state, lastState } = byName.get(container.name) ?? {};
    const ended = state?.terminated ?? (state?.waiting && lastState?.terminated);
    if (!ended) result.pending = true;
    else if (ended.exitCode !== 0) result.failed = true;
  }
  return result;
}

/** Gives whether a sidecar has yet to start for the first time. */
function tallySidecars(spec: PodSpec, byName: Statuses, tally: Tally): boolean {
  let pending = false;
  for (const container of spec.initContainers ?? []) {
    if (!isRestartableInit(container)) continue;
    const status = byName.get(container.name);
    if (status?.state?.running) {
      tally.running++;
      pending ||= !status.started;
    } else if (!status?.state?.terminated && !status?.lastState?.terminated) {
      tally[status?.state?.waiting ? "waiting" : "unknown"]++;
      pending = true;
    }
  }
  return pending;
}

function tallyContainer(status: ContainerStatus | undefined, tally: Tally): void {
  const { state, lastState } = status ?? {};
  if (state?.running) tally.running++;
  else if (state?.terminated) {
    tally.stopped++;
    if (state.terminated.exitCode === 0) tally.succeeded++;
  } else if (state?.waiting) tally[lastState?.terminated ? "stopped" : "waiting"]++;
  else tally.unknown++;
}

/** Whether any container that is not an init container has ever started. */
export function anyStarted(spec: PodSpec, byName: Statuses): boolean {
  return spec.containers.some(({ name }) => {
    const { state, lastState } = byName.get(name) ?? {};
    return (state?.running ?? state?.terminated ?? lastState?.terminated) !== undefined;
  });
}
