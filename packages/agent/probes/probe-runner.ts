import type { Probe } from "@wherry/api";
import type { Clock, Timer } from "@wherry/base";
import type { Outcome } from "./outcome.ts";

export type ProbeKind = "startup" | "liveness" | "readiness";

export interface ProbeRunnerOptions {
  kind: ProbeKind;
  probe: Probe;
  clock: Clock;
  /** When the container started, in milliseconds since the epoch. */
  startedAt: number;
  /** What is believed before the first try. */
  initial: boolean;
  tryOnce(): Promise<Outcome>;
  /** Whether it may be tried now: liveness and readiness wait for startup. */
  enabled(): boolean;
  /** The belief changed, or a failure count reached its threshold. */
  onVerdict(): void;
  /** A try failed or went wrong: what the Unhealthy event says. */
  onUnhealthy(message: string): void;
}

const titles: Readonly<Record<ProbeKind, string>> = { startup: "Startup", liveness: "Liveness", readiness: "Readiness" };
const MAX_TRIES_WHEN_UNKNOWN = 3;

/** Tries one probe of one running container in its rhythm until it is stopped. Source: kubelet pkg/kubelet/prober worker. */
export class ProbeRunner {
  readonly #options: ProbeRunnerOptions;
  #timer: Timer | undefined;
  #stopped = false;
  #healthy: boolean;
  #last: "success" | "failure" | undefined;
  #run = 0;
  #busy = false;

  constructor(options: ProbeRunnerOptions) {
    this.#options = options;
    this.#healthy = options.initial;
    this.#last = options.initial ? "success" : undefined;
    const first = options.startedAt + (options.probe.initialDelaySeconds ?? 0) * 1000;
    this.#schedule(Math.max(0, first - options.clock.now()));
  }

  /** What is believed now. */
  get healthy(): boolean {
    return this.#healthy;
  }

  /** Whether the last word was a failure often enough to count: the container has to go, when the kind is liveness or startup. */
  get failed(): boolean {
    return this.#last === "failure" && this.#run >= (this.#options.probe.failureThreshold ?? 3);
  }

  /** Tries now instead of at the next beat. */
  trigger(): void {
    if (this.#busy || this.#stopped) return;
    this.#timer?.cancel();
    void this.#tick();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #schedule(ms: number): void {
    if (!this.#stopped) this.#timer = this.#options.clock.schedule(ms, () => void this.#tick());
  }

  async #tick(): Promise<void> {
    const { clock, probe, kind, enabled } = this.#options;
    const began = clock.now();
    this.#busy = true;
    if (enabled()) await this.#try();
    this.#busy = false;
    // A container that failed is on its way out, and one that has started needs no more of this.
    if (this.#stopped || (kind !== "readiness" && this.failed) || (kind === "startup" && this.#healthy)) return;
    this.#schedule(Math.max(0, began + (probe.periodSeconds || 10) * 1000 - clock.now()));
  }

  async #try(): Promise<void> {
    let outcome = await this.#options.tryOnce();
    for (let tries = 1; outcome.result === "unknown" && tries < MAX_TRIES_WHEN_UNKNOWN; tries++) outcome = await this.#options.tryOnce();
    if (this.#stopped) return;
    const title = titles[this.#options.kind];
    if (outcome.result === "unknown") return this.#options.onUnhealthy(`${title} probe errored: ${outcome.output}`);
    if (outcome.result === "failure") this.#options.onUnhealthy(`${title} probe failed: ${outcome.output}`);
    this.#count(outcome.result);
  }

  #count(result: "success" | "failure"): void {
    this.#run = this.#last === result ? this.#run + 1 : 1;
    this.#last = result;
    const { probe } = this.#options;
    const threshold = result === "success" ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
    if (this.#run < threshold) return;
    const changed = this.#healthy !== (result === "success");
    this.#healthy = result === "success";
    if (changed || (result === "failure" && this.#run === threshold)) this.#options.onVerdict();
  }
}
