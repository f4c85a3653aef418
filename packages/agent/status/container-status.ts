import type { Container, ContainerState, ContainerStateTerminated, ContainerStatus, Pod } from "@wherry/api";
import { rfc3339 } from "@wherry/base";
import type { ContainerStatus as EngineContainer } from "@wherry/runtime";
import { annotation } from "../containers/annotations.ts";

/** Why a container does not run, in the kubelet's words. */
export interface Waiting {
  reason: string;
  message?: string;
}

/** What one container's status is computed from. */
export interface ContainerFacts {
  container: Container;
  /** Its starts that the engine knows, newest first; one that is still being started is not among them. */
  attempts: readonly EngineContainer[];
  /** Why it does not run now, if that is known. */
  waiting: Waiting | undefined;
  /** What the API said last. */
  previous: ContainerStatus | undefined;
  /** `PodInitializing` or `ContainerCreating`. */
  defaultReason: string;
  /** Last words of a container that has ended. */
  lastWords(ended: EngineContainer): string | undefined;
  started(running: EngineContainer): boolean;
  ready(running: EngineContainer): boolean;
}

export const containerID = (c: EngineContainer): string => `docker://${c.id}`;

/** A container's status, but for what its kind (init or not) says of `ready`. Source: kubelet convertToAPIContainerStatuses. */
export function containerStatus(facts: ContainerFacts): ContainerStatus {
  const { container, attempts, previous, waiting } = facts;
  const [newest, older] = attempts;
  if (!newest) return notThere(facts);
  const running = newest.state === "running";
  const started = running && facts.started(newest);
  const last = waiting && !running ? terminated(newest, facts) : older && terminated(older, facts);
  return {
    name: container.name,
    image: newest.annotations[annotation.image] ?? container.image ?? "",
    imageID: newest.annotations[annotation.imageID] ?? "",
    containerID: containerID(newest),
    restartCount: newest.attempt,
    started,
    ready: started && facts.ready(newest),
    state: running ? { running: { startedAt: time(newest.startedAt) } } : waiting ? { waiting } : { terminated: terminated(newest, facts) },
    lastState: last ? { terminated: last } : rememberedLast(newest, previous),
  };
}

/** The engine has no trace of it: it was never started, or somebody removed it. */
function notThere({ container, previous, waiting, defaultReason }: ContainerFacts): ContainerStatus {
  const ended = previous?.state?.terminated ?? previous?.lastState?.terminated;
  const lost: ContainerState = previous?.state?.running ? { terminated: lostState(previous) } : {};
  const state: ContainerState = waiting
    ? { waiting }
    : ended && previous?.state?.terminated
      ? previous.state
      : { waiting: { reason: defaultReason } };
  const lastState = lost.terminated ? lost : ended && state.waiting ? { terminated: ended } : (previous?.lastState ?? {});
  return {
    name: container.name,
    image: container.image ?? "",
    imageID: previous?.imageID ?? "",
    ...(previous?.containerID && { containerID: previous.containerID }),
    restartCount: previous?.restartCount ?? 0,
    started: false,
    ready: false,
    state,
    lastState,
  };
}

const lostState = (previous: ContainerStatus): ContainerStateTerminated => ({
  exitCode: 137,
  reason: "ContainerStatusUnknown",
  message: "The container could not be located when the pod was deleted.  The container used to be Running",
  ...(previous.containerID && { containerID: previous.containerID }),
});

/** Older starts are removed from the engine in time; the API still remembers how they ended. */
function rememberedLast(newest: EngineContainer, previous: ContainerStatus | undefined): ContainerState {
  if (!previous || newest.attempt === 0) return {};
  const last = previous.lastState?.terminated;
  if (previous.containerID === containerID(newest)) return last && last.containerID !== previous.containerID ? { terminated: last } : {};
  return previous.state?.terminated ? { terminated: previous.state.terminated } : (previous.lastState ?? {});
}

/** How a container ended. */
export function terminated(ended: EngineContainer, { lastWords }: Pick<ContainerFacts, "lastWords">): ContainerStateTerminated {
  const message = ended.error ?? lastWords(ended);
  return {
    exitCode: ended.exitCode ?? 0,
    reason: terminationReason(ended),
    ...(message && { message }),
    startedAt: time(ended.startedAt),
    finishedAt: time(ended.finishedAt),
    containerID: containerID(ended),
  };
}

function terminationReason({ error, oomKilled, exitCode }: EngineContainer): string {
  if (error) return "ContainerCannotRun";
  if (oomKilled) return "OOMKilled";
  return exitCode === 0 ? "Completed" : "Error";
}

const time = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : rfc3339(ms));

/** The status that the API has for a container by this name. */
export function previousStatus(pod: Pod, name: string): ContainerStatus | undefined {
  return [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find((s) => s.name === name);
}
