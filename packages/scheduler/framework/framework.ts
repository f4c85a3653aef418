import type { Pod } from "@wherry/api";
import type { Candidate, ClusterEvent, Plugin } from "./plugin.ts";
import type { PodInfo } from "./pod-info.ts";

/** Why one node was refused. */
export interface Refusal {
  plugin: string;
  reasons: readonly string[];
}

/** One attempt to place one pod: the plugins' answers for it. */
export class Attempt {
  readonly pod: PodInfo;
  readonly #plugins: readonly Plugin[];
  readonly #states: ReadonlyMap<Plugin, unknown>;

  constructor(pod: PodInfo, plugins: readonly Plugin[]) {
    this.pod = pod;
    this.#plugins = plugins;
    this.#states = new Map(plugins.filter((p) => p.preFilter).map((p) => [p, p.preFilter?.(pod)]));
  }

  /** The first plugin that refuses the node; undefined when the pod may run there. */
  filter(candidate: Candidate): Refusal | undefined {
    for (const plugin of this.#plugins) {
      const reasons = plugin.filter?.(this.pod, candidate, this.#states.get(plugin)) ?? [];
      if (reasons.length > 0) return { plugin: plugin.name, reasons };
    }
    return undefined;
  }

  /** The weighted sum of all scores for each candidate. */
  score(candidates: readonly Candidate[]): number[] {
    const totals = candidates.map(() => 0);
    for (const plugin of this.#plugins) {
      if (!plugin.score) continue;
      const state = this.#states.get(plugin);
      const raw = candidates.map((candidate) => plugin.score?.(this.pod, candidate, state) ?? 0);
      const scores = plugin.normalize?.(raw) ?? raw;
      scores.forEach((score, i) => {
        totals[i] = (totals[i] ?? 0) + score * (plugin.weight ?? 1);
      });
    }
    return totals;
  }

  /** Sets aside what the pod needs on its node; takes everything back and throws when a plugin cannot. */
  reserve(candidate: Candidate): void {
    try {
      for (const plugin of this.#plugins) plugin.reserve?.(this.pod, candidate, this.#states.get(plugin));
    } catch (error) {
      this.unreserve(candidate);
      throw error;
    }
  }

  unreserve(candidate: Candidate): void {
    for (const plugin of this.#plugins.toReversed()) plugin.unreserve?.(this.pod, candidate, this.#states.get(plugin));
  }
}

/** The plugins of a scheduler, in the order in which they are asked. */
export class Framework {
  readonly #plugins: readonly Plugin[];
  readonly #events: ReadonlyMap<string, readonly ClusterEvent[]>;

  constructor(plugins: readonly Plugin[]) {
    this.#plugins = plugins;
    this.#events = new Map(plugins.map((plugin) => [plugin.name, plugin.events ?? []]));
  }

  attempt(pod: PodInfo): Attempt {
    return new Attempt(pod, this.#plugins);
  }

  /** Whether the event may change the answer of one of these plugins. */
  mayHelp(event: ClusterEvent, plugins: Iterable<string>): boolean {
    for (const plugin of plugins) if (this.#events.get(plugin)?.includes(event)) return true;
    return false;
  }

  async bind(pod: Pod, node: string): Promise<void> {
    for (const plugin of this.#plugins) if (await plugin.bind?.(pod, node)) return;
    throw new Error("no plugin binds pods: the scheduler has no binder");
  }
}
