import { type Container, isPodTerminal, type Pod, type PodStatus } from "@wherry/api";
import type { ContainerStatus as EngineContainer } from "@wherry/runtime";
import { ContainerLauncher, fieldPathOf } from "../containers/container-launcher.ts";
import { ContainerKiller } from "../lifecycle/container-killer.ts";
import { PodObjects } from "../objects/pod-objects.ts";
import { ProbeSet } from "../probes/probe-set.ts";
import { previousStatus, type Waiting } from "../status/container-status.ts";
import { podStatus } from "../status/pod-status.ts";
import { attemptsByName } from "./attempts.ts";
import type { PodContext } from "./context.ts";
import type { PodInventory } from "./inventory.ts";
import { Notes } from "./notes.ts";
import { PodHome } from "./pod-home.ts";
import { PodReporter } from "./pod-reporter.ts";
import { TerminationMessages } from "./termination-messages.ts";

/** A start that is under way is not shown for so long: mostly it is over sooner, and one write says all. */
const STARTING_REPORT_MS = 250;
const KILL_RETRY_MS = 2_000;

/** All that the agent knows of one pod, and the hands it works with. */
export class PodState {
  pod: Pod;
  /** The API has no such pod any more. */
  removed = false;
  /** Nothing will be started any more. */
  over = false;
  /** The node itself ends the pod. */
  failure: { reason: string; message: string } | undefined;
  /** The node never took the pod. */
  rejected = false;
  /** The volumes may not show what their objects say now. */
  volumesStale = true;
  /** When the last of the pod has to be gone, once it ends, in milliseconds since the epoch. */
  endsBy: number | undefined;
  /** When the node took the pod, in milliseconds since the epoch. */
  readonly startedAt: number;
  /** Containers on their way to run, with the number of their start. */
  readonly starting = new Map<string, number>();
  readonly notes: Notes;
  readonly context: PodContext;
  readonly objects: PodObjects;
  readonly home: PodHome;
  readonly probes: ProbeSet;
  readonly reporter: PodReporter;
  readonly messages: TerminationMessages;
  readonly launcher: ContainerLauncher;
  readonly killer: ContainerKiller;
  /** Aborts pulls and starts when the pod ends. */
  readonly ending = new AbortController();
  readonly wake: () => void;
  #crashLoops = new Set<string>();

  constructor(pod: Pod, context: PodContext, wake: () => void) {
    this.pod = pod;
    this.context = context;
    this.wake = wake;
    const { clock, client, log, streams, prober } = context;
    this.startedAt = pod.status?.startTime ? Date.parse(pod.status.startTime) : clock.now();
    this.notes = new Notes(clock);
    this.objects = new PodObjects(pod, context, () => {
      this.volumesStale = true;
      wake();
    });
    if (!this.isEnding) context.tokens.prefetch(pod);
    this.home = new PodHome(pod.metadata.uid, this.objects, context);
    this.messages = new TerminationMessages(streams);
    this.launcher = new ContainerLauncher(context);
    this.killer = new ContainerKiller(context);
    this.probes = new ProbeSet({
      clock,
      prober,
      specOf: (name) => this.specOf(name),
      ip: () => this.home.place(this.pod).podIP ?? "",
      onVerdict: wake,
      onUnhealthy: (container, message) => this.event("Warning", "Unhealthy", message, fieldPathOf(this.pod, container.name)),
    });
    const newest = () => this.pod;
    this.reporter = new PodReporter({ client, clock, log, newest, onWritten: (written) => this.learn(written) });
  }

  /** Whether the pod is on its way out, or has been out already. */
  get isEnding(): boolean {
    return this.removed || this.over || this.failure !== undefined || this.isDeleted || isPodTerminal(this.pod);
  }

  get isDeleted(): boolean {
    return this.pod.metadata.deletionTimestamp !== undefined;
  }

  /** Takes a version of the pod if it is not older than what is known. */
  learn(pod: Pod): void {
    if (Number(pod.metadata.resourceVersion) >= Number(this.pod.metadata.resourceVersion)) this.pod = pod;
  }

  specOf(name: string): Container | undefined {
    return [...(this.pod.spec?.initContainers ?? []), ...(this.pod.spec?.containers ?? [])].find((c) => c.name === name);
  }

  event(type: "Normal" | "Warning", reason: string, message: string, fieldPath?: string): void {
    this.context.events.event(this.pod, type, reason, message, fieldPath);
  }

  /** Probes what runs now; a container whose start is not over yet is left alone. */
  keepProbes(containers: readonly EngineContainer[]): void {
    const running = containers.filter((c) => c.state === "running" && this.starting.get(c.name) !== c.attempt);
    this.probes.keep(
      running.flatMap((engine) => {
        const container = this.specOf(engine.name);
        return container ? { container, engine, known: previousStatus(this.pod, engine.name) } : [];
      }),
    );
  }

  /** Has the API say how the pod is. */
  report(inventory: PodInventory, planned: ReadonlyMap<string, Waiting> = new Map()): void {
    const quiet = this.starting.size > 0 && this.notes.size === 0 && !this.isEnding;
    this.reporter.report(this.rejected ? this.#rejection() : this.#status(inventory, planned), quiet ? STARTING_REPORT_MS : 0);
  }

  #status({ containers, sandboxes }: PodInventory, planned: ReadonlyMap<string, Waiting>): PodStatus {
    const shown = containers.filter((c) => c.state !== "created" && this.starting.get(c.name) !== c.attempt);
    return podStatus({
      pod: this.pod,
      now: this.context.clock.now(),
      startedAt: this.startedAt,
      place: this.home.place(this.pod),
      attempts: attemptsByName(shown),
      waiting: this.notes.waiting(planned),
      hasSandbox: !this.over && (this.pod.spec?.hostNetwork === true || sandboxes.some((s) => s.running)),
      over: this.over,
      failure: this.failure,
      lastWords: (c) => this.messages.get(c),
      started: (c) => this.probes.started(c),
      ready: (c) => this.probes.ready(c),
    });
  }

  #rejection(): PodStatus {
    return { ...this.pod.status, phase: "Failed", ...this.failure };
  }

  /** Containers that a back-off has begun for since the last call. */
  newCrashLoops(planned: ReadonlyMap<string, Waiting>): string[] {
    const names = [...planned.keys()];
    const news = names.filter((name) => !this.#crashLoops.has(name));
    this.#crashLoops = new Set(names);
    return news;
  }

  /** Ends a container in the background, and wakes the worker when it has ended, or when it is time to try again. */
  kill(running: EngineContainer, message: string, graceSeconds: number): void {
    const { inventory, clock, log } = this.context;
    const { pod } = this;
    const container = this.specOf(running.name);
    const ip = this.home.place(pod).podIP ?? "";
    this.killer
      .kill({ pod, container, fieldPath: fieldPathOf(pod, running.name), running, message, graceSeconds, ip })
      .then(() => inventory.look(running.id))
      .then(this.wake, (error: Error) => {
        log.warn("a container cannot be stopped: trying again", { pod: pod.metadata.name, container: running.name, error });
        clock.schedule(KILL_RETRY_MS, this.wake);
      });
  }

  /** Ends what works in the background; what runs on the engine goes on. */
  stop(): void {
    this.ending.abort();
    this.probes.stop();
    this.reporter.stop();
    this.objects.release();
    this.context.tokens.forget(this.pod.metadata.uid);
  }
}
