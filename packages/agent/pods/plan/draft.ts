import type { Container } from "@wherry/api";
import type { ContainerStatus as EngineContainer } from "@wherry/runtime";
import { annotation } from "../../containers/annotations.ts";
import { previousStatus, type Waiting } from "../../status/container-status.ts";
import type { KillAction, PlanInput, StartAction } from "./pod-plan.ts";
import { formatDelay, restartDelay } from "./restart-backoff.ts";

/** What a container is doing, as a plan sees it. */
export type Doing = "running" | "starting" | "waiting" | "succeeded" | "failed";

/** A plan in the making. */
export class Draft {
  readonly input: PlanInput;
  readonly starts: StartAction[] = [];
  readonly kills: KillAction[] = [];
  readonly waiting = new Map<string, Waiting>();
  wakeAt: number | undefined;

  constructor(input: PlanInput) {
    this.input = input;
  }

  /** The newest start of a container in the pod's present sandbox. */
  current(name: string): EngineContainer | undefined {
    const newest = this.input.attempts.get(name)?.[0];
    return newest && newest.sandbox === this.input.sandbox ? newest : undefined;
  }

  /** The newest start in whatever sandbox. */
  newest(name: string): EngineContainer | undefined {
    return this.input.attempts.get(name)?.[0];
  }

  /** Whether the container ever ran, also when the engine has no trace of it any more. */
  hasRun(name: string): boolean {
    const { state, lastState, containerID } = previousStatus(this.input.pod, name) ?? {};
    return this.newest(name) !== undefined || (state?.running ?? state?.terminated ?? lastState?.terminated ?? containerID) !== undefined;
  }

  /** Starts a container as soon as it may be: now, or after its back-off. */
  start(container: Container, isInit: boolean): Doing {
    const created = this.current(container.name);
    const { notBefore, attempt, backoffMs, delay } = created?.state === "created" ? again(created) : this.#next(container.name);
    const hold = Math.max(notBefore, this.input.notBefore.get(container.name) ?? 0);
    if (hold > this.input.now) {
      this.wakeAt = Math.min(this.wakeAt ?? hold, hold);
      if (delay && notBefore > this.input.now) this.waiting.set(container.name, this.#crashLoop(container.name, delay));
      return "waiting";
    }
    this.starts.push({ container, attempt, backoffMs, isInit });
    return "starting";
  }

  /** Kills a running container if its probes or its spec say so; it may be started again once it has ended. */
  check(container: Container, running: EngineContainer): void {
    const { health, hashOf } = this.input;
    const verdict = health(running);
    if (running.annotations[annotation.hash] !== undefined && running.annotations[annotation.hash] !== hashOf(container))
      this.kills.push({ running, why: "changed", message: `Container ${container.name} definition changed, will be restarted` });
    else if (verdict !== "ok")
      this.kills.push({
        running,
        why: verdict === "failed liveness" ? "liveness" : "startup",
        message: `Container ${container.name} ${verdict} probe, will be restarted`,
      });
  }

  #next(name: string): { notBefore: number; attempt: number; backoffMs: number; delay: number } {
    const last = this.newest(name);
    const restarts = previousStatus(this.input.pod, name)?.restartCount ?? 0;
    if (!last) return { notBefore: 0, attempt: this.hasRun(name) ? restarts + 1 : 0, backoffMs: 0, delay: 0 };
    const delay = Number(last.annotations[annotation.backoff] ?? 0);
    const { notBefore, nextBackoffMs } = restartDelay({
      createdAt: last.createdAt,
      finishedAt: last.finishedAt ?? last.createdAt,
      backoffMs: delay,
    });
    return { notBefore, attempt: Math.max(last.attempt, restarts) + 1, backoffMs: nextBackoffMs, delay };
  }

  #crashLoop(name: string, delay: number): Waiting {
    const { name: pod, namespace, uid } = this.input.pod.metadata;
    return {
      reason: "CrashLoopBackOff",
      message: `back-off ${formatDelay(delay)} restarting failed container=${name} pod=${pod}_${namespace}(${uid})`,
    };
  }
}

/** The agent ended between the two steps of a start. */
const again = (created: EngineContainer) => ({
  notBefore: 0,
  attempt: created.attempt,
  backoffMs: Number(created.annotations[annotation.backoff] ?? 0),
  delay: 0,
});
