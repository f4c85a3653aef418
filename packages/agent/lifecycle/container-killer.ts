import type { Container, Pod } from "@wherry/api";
import type { Clock, Logger } from "@wherry/base";
import type { EventRecorder } from "@wherry/engine";
import type { ContainerRuntime, ContainerStreams, ContainerStatus as EngineContainer } from "@wherry/runtime";
import { runHook } from "./hooks.ts";

export interface ContainerKillerOptions {
  runtime: ContainerRuntime;
  streams: ContainerStreams;
  clock: Clock;
  log: Logger;
  events: EventRecorder;
}

export interface KillRequest {
  pod: Pod;
  /** Undefined when the spec does not know the container (any more). */
  container: Container | undefined;
  fieldPath: string;
  running: EngineContainer;
  /** What the Killing event says. */
  message: string;
  /** From now until it is killed, hook included. */
  graceSeconds: number;
  /** The pod's address, for hooks. */
  ip: string;
}

interface Kill {
  deadline: number;
  done: Promise<void>;
}

/** Source: kubelet minimumGracePeriodInSeconds: what a container gets after a hook that used up everything. */
const MIN_GRACE_SECONDS = 2;

/** Ends containers: preStop hook, signal, grace, kill. Asking again does no harm, and a shorter grace counts. */
export class ContainerKiller {
  readonly #options: ContainerKillerOptions;
  readonly #kills = new Map<string, Kill>();

  constructor(options: ContainerKillerOptions) {
    this.#options = options;
  }

  isKilling(id: string): boolean {
    return this.#kills.has(id);
  }

  /** Resolves when the container has ended; rejects when the engine refuses. */
  kill(request: KillRequest): Promise<void> {
    const { clock, runtime } = this.#options;
    const { id } = request.running;
    const deadline = clock.now() + request.graceSeconds * 1000;
    const under = this.#kills.get(id);
    if (!under) return this.#begin(request, deadline);
    if (deadline >= under.deadline) return under.done;
    under.deadline = deadline;
    return runtime.stopContainer(id, request.graceSeconds);
  }

  #begin(request: KillRequest, deadline: number): Promise<void> {
    const { id } = request.running;
    const done = this.#run(request).finally(() => this.#kills.delete(id));
    this.#kills.set(id, { deadline, done });
    return done;
  }

  async #run(request: KillRequest): Promise<void> {
    const { clock, events, runtime } = this.#options;
    const { pod, running, graceSeconds, message, fieldPath } = request;
    events.event(pod, "Normal", "Killing", message, fieldPath);
    const began = clock.now();
    if (request.container?.lifecycle?.preStop && graceSeconds > 0) await this.#preStop(request);
    const used = (clock.now() - began) / 1000;
    const left = used > 0 ? Math.max(MIN_GRACE_SECONDS, Math.ceil(graceSeconds - used)) : graceSeconds;
    await runtime.stopContainer(running.id, Math.min(left, graceSeconds || left));
  }

  /** A hook that fails or takes too long does not keep the container from ending. */
  async #preStop({ pod, container, running, graceSeconds, ip, fieldPath }: KillRequest): Promise<void> {
    const { clock, events, log } = this.#options;
    const late = Promise.withResolvers<never>();
    const timer = clock.schedule(graceSeconds * 1000, () => late.reject(new Error("it took longer than the grace period")));
    const hook = runHook(
      container!.lifecycle!.preStop!,
      pod,
      { container: container!, id: running.id, ip },
      graceSeconds * 1000,
      this.#options,
    );
    try {
      await Promise.race([hook, late.promise]);
    } catch (error) {
      log.warn("a preStop hook failed", { pod: pod.metadata.name, container: running.name, error });
      events.event(pod, "Warning", "FailedPreStopHook", "PreStopHook failed", fieldPath);
    } finally {
      timer.cancel();
      hook.catch(() => {});
    }
  }
}
