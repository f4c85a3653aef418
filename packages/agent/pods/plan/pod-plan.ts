import type { Container, Pod } from "@wherry/api";
import type { ContainerStatus as EngineContainer } from "@wherry/runtime";
import type { Waiting } from "../../status/container-status.ts";

/** What a plan is made from. Nothing in it changes while the plan is made. */
export interface PlanInput {
  pod: Pod;
  now: number;
  /** The pod's live sandbox, `host` for a pod on the node's network, undefined when it has none. */
  sandbox: string | undefined;
  /** By container name: all its starts that the engine knows, newest first, from whatever sandbox. */
  attempts: ReadonlyMap<string, readonly EngineContainer[]>;
  /** Names of containers that are being started right now. */
  starting: ReadonlySet<string>;
  /** Containers that failed and may not be tried again before this time (milliseconds since the epoch). */
  notBefore: ReadonlyMap<string, number>;
  /** What its probes say of a running container. */
  health(running: EngineContainer): "ok" | "failed liveness" | "failed startup";
  /** Whether its startup probe, if it has one, has succeeded. */
  started(running: EngineContainer): boolean;
  /** Of the part of the spec whose change restarts a container. */
  hashOf(container: Container): string;
}

export interface StartAction {
  container: Container;
  attempt: number;
  /** What the end of this start will cost before the next. */
  backoffMs: number;
  isInit: boolean;
}

export interface KillAction {
  running: EngineContainer;
  /** What the Killing event says. */
  message: string;
  why: "liveness" | "startup" | "changed" | "sandbox" | "over";
}

/** The next steps towards the pod's spec. Starts are in the order of the spec. */
export interface PodPlan {
  starts: readonly StartAction[];
  kills: readonly KillAction[];
  /** A new sandbox is wanted before anything is started. */
  needsSandbox: boolean;
  /** Why containers do not run that will be started later. */
  waiting: ReadonlyMap<string, Waiting>;
  /** When to look again, in milliseconds since the epoch. */
  wakeAt: number | undefined;
  /** Every container has ended and none will be started again: the pod has run. */
  over: boolean;
}
