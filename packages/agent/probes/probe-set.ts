import type { Container, ContainerStatus } from "@wherry/api";
import type { Clock } from "@wherry/base";
import type { ContainerStatus as EngineContainer } from "@wherry/runtime";
import { type ProbeKind, ProbeRunner } from "./probe-runner.ts";
import type { Prober } from "./prober.ts";

export interface ProbeSetOptions {
  clock: Clock;
  prober: Prober;
  /** The spec of a container by its name. */
  specOf(name: string): Container | undefined;
  /** The pod's address, once it has one. */
  ip(): string;
  /** Something is to be looked at again. */
  onVerdict(): void;
  onUnhealthy(container: Container, message: string): void;
}

type Runners = Partial<Record<ProbeKind, ProbeRunner>>;

/** The probes of one pod's running containers, by container id. */
export class ProbeSet {
  readonly #options: ProbeSetOptions;
  readonly #runners = new Map<string, Runners>();

  constructor(options: ProbeSetOptions) {
    this.#options = options;
  }

  /**
   * Probes exactly these running containers. `known` is what the API says of a container that was running before this agent was: it stays as ready as it
   * was until a probe says otherwise.
   */
  keep(running: readonly { container: Container; engine: EngineContainer; known: ContainerStatus | undefined }[]): void {
    const ids = new Set(running.map(({ engine }) => engine.id));
    for (const id of this.#runners.keys()) if (!ids.has(id)) this.#stop(id);
    for (const { container, engine, known } of running)
      if (!this.#runners.has(engine.id)) this.#start(container, engine, known?.containerID === `docker://${engine.id}` ? known : undefined);
  }

  /** Whether the startup probe, if there is one, has succeeded. */
  started({ id, name }: EngineContainer): boolean {
    const runners = this.#runners.get(id);
    return runners ? (runners.startup?.healthy ?? true) : this.#options.specOf(name)?.startupProbe === undefined;
  }

  ready({ id, name }: EngineContainer): boolean {
    const runners = this.#runners.get(id);
    return runners ? (runners.readiness?.healthy ?? true) : this.#options.specOf(name)?.readinessProbe === undefined;
  }

  health({ id }: EngineContainer): "ok" | "failed liveness" | "failed startup" {
    const { startup, liveness } = this.#runners.get(id) ?? {};
    if (startup?.failed) return "failed startup";
    return liveness?.failed ? "failed liveness" : "ok";
  }

  /** A pod that ends is still asked whether it is ready, and nothing else. */
  stopLivenessAndStartup(): void {
    for (const runners of this.#runners.values()) {
      runners.liveness?.stop();
      runners.startup?.stop();
    }
  }

  stop(): void {
    for (const id of [...this.#runners.keys()]) this.#stop(id);
  }

  #stop(id: string): void {
    for (const runner of Object.values(this.#runners.get(id) ?? {})) runner.stop();
    this.#runners.delete(id);
  }

  #start(container: Container, engine: EngineContainer, known: ContainerStatus | undefined): void {
    const runners: Runners = {};
    this.#runners.set(engine.id, runners);
    const { startupProbe, livenessProbe, readinessProbe } = container;
    const started = () => runners.startup?.healthy ?? true;
    const of = { container, engine };
    if (startupProbe) runners.startup = this.#runner("startup", startupProbe, of, known?.started ?? false, () => true);
    if (livenessProbe) runners.liveness = this.#runner("liveness", livenessProbe, of, true, started);
    if (readinessProbe) runners.readiness = this.#runner("readiness", readinessProbe, of, known?.ready ?? false, started);
  }

  /** What waited for the startup probe need not wait for its next beat as well. */
  #onStartup(id: string): void {
    const { startup, readiness, liveness } = this.#runners.get(id) ?? {};
    if (!startup?.healthy) return;
    readiness?.trigger();
    liveness?.trigger();
  }

  #runner(
    kind: ProbeKind,
    probe: NonNullable<Container["livenessProbe"]>,
    { container, engine }: { container: Container; engine: EngineContainer },
    initial: boolean,
    enabled: () => boolean,
  ): ProbeRunner {
    const { clock, prober, ip, onVerdict, onUnhealthy } = this.#options;
    return new ProbeRunner({
      kind,
      probe,
      clock,
      startedAt: engine.startedAt ?? clock.now(),
      initial,
      enabled,
      tryOnce: () => prober(probe, { container, id: engine.id, ip: ip() }),
      onVerdict: () => {
        if (kind === "startup") this.#onStartup(engine.id);
        onVerdict();
      },
      onUnhealthy: (message) => onUnhealthy(container, message),
    });
  }
}
