import type { Pod } from "@wherry/api";
import type { Candidate, ClusterEvent, Plugin, Preemption, PreFilter, Reach, Refusal, Unplaced } from "./plugin.ts";
import type { PodInfo } from "./pod-info.ts";

/** Why one node was refused, and by whom. */
export interface NodeRefusal extends Refusal {
  readonly plugin: string;
}

interface Asked {
  readonly plugin: Plugin;
  readonly state: unknown;
}

/** One attempt to place one pod: the plugins' answers for it. */
export class Attempt {
  readonly pod: PodInfo;
  /** No node will do, whatever it is. */
  readonly refusal: NodeRefusal | undefined;
  /** Only these nodes are looked at, and which plugins want that; all when absent. */
  readonly only: { nodes: ReadonlySet<string>; plugins: readonly string[] } | undefined;
  readonly #plugins: readonly Plugin[];
  readonly #filters: Asked[] = [];

  constructor(pod: PodInfo, plugins: readonly Plugin[]) {
    this.pod = pod;
    this.#plugins = plugins;
    for (const plugin of plugins) {
      const found = plugin.preFilter ? plugin.preFilter(pod) : NOTHING_FOUND;
      if (!found) continue;
      if (found.refusal) {
        this.refusal = { ...found.refusal, plugin: plugin.name };
        return;
      }
      if (found.only) this.only = narrowed(this.only, found.only, plugin.name);
      if (plugin.filter) this.#filters.push({ plugin, state: found.state });
    }
  }

  /** The first plugin that refuses the node; undefined when the pod may run there. */
  filter(candidate: Candidate): NodeRefusal | undefined {
    if (this.refusal) return this.refusal;
    if (this.only && !this.only.nodes.has(candidate.info.name)) return unwanted(this.only.plugins);
    for (const { plugin, state } of this.#filters) {
      const refusal = plugin.filter?.(this.pod, candidate, state);
      if (refusal) return { ...refusal, plugin: plugin.name };
    }
    return undefined;
  }

  /** The weighted sum of all scores for each candidate. */
  score(candidates: readonly Candidate[]): number[] {
    const totals = new Array<number>(candidates.length).fill(0);
    for (const plugin of this.#plugins) {
      if (!plugin.score) continue;
      const prepared = plugin.preScore ? plugin.preScore(this.pod, candidates) : NO_STATE;
      if (prepared) this.#addScores(plugin, prepared.state, candidates, totals);
    }
    return totals;
  }

  #addScores(plugin: Plugin, state: unknown, candidates: readonly Candidate[], totals: number[]): void {
    const raw = new Array<number>(candidates.length);
    for (let i = 0; i < raw.length; i++) raw[i] = plugin.score?.(this.pod, candidates[i] as Candidate, state) ?? 0;
    const scores = plugin.normalize?.(raw, candidates, state) ?? raw;
    const weight = plugin.weight ?? 1;
    for (let i = 0; i < totals.length; i++) totals[i] = (totals[i] as number) + (scores[i] as number) * weight;
  }

  /** Sets aside what the pod needs on its node; takes everything back and throws when a plugin cannot. */
  reserve(candidate: Candidate): void {
    try {
      for (const plugin of this.#plugins) plugin.reserve?.(this.pod, candidate);
    } catch (error) {
      this.unreserve(candidate);
      throw error;
    }
  }

  unreserve(candidate: Candidate): void {
    for (const plugin of this.#plugins.toReversed()) plugin.unreserve?.(this.pod, candidate);
  }
}

const NOTHING_FOUND: PreFilter<unknown> = {};
const NO_STATE = { state: undefined };

function narrowed(before: Attempt["only"], nodes: ReadonlySet<string>, plugin: string): Attempt["only"] {
  if (!before) return { nodes, plugins: [plugin] };
  return { nodes: new Set([...before.nodes].filter((name) => nodes.has(name))), plugins: [...before.plugins, plugin] };
}

/** Source of the wording: kube-scheduler, for nodes that a PreFilter left out. */
function unwanted(plugins: readonly string[]): NodeRefusal {
  return { plugin: plugins[0] ?? "", reasons: [`node(s) didn't satisfy plugin(s) [${plugins.join(" ")}]`], resolvable: false };
}

/** The plugins of a scheduler, in the order in which they are asked. */
export class Framework {
  readonly #plugins: readonly Plugin[];
  readonly #byName: ReadonlyMap<string, Plugin>;

  constructor(plugins: readonly Plugin[]) {
    this.#plugins = plugins;
    this.#byName = new Map(plugins.map((plugin) => [plugin.name, plugin]));
  }

  attempt(pod: PodInfo): Attempt {
    return new Attempt(pod, this.#plugins);
  }

  /** Whether the event may change the answer of one of these plugins about the pod, and how far that reaches. */
  mayHelp(event: ClusterEvent, pod: PodInfo, plugins: Iterable<string>): Reach | undefined {
    let reach: Reach | undefined;
    for (const name of plugins) {
      const found = this.#byName.get(name)?.mayHelp?.(event, pod);
      if (found === "anywhere") return found;
      reach ??= found;
    }
    return reach;
  }

  /** Whether room can be made for a pod that no node takes; undefined when no plugin cares. */
  postFilter(unplaced: Unplaced): Preemption | undefined {
    return this.#plugins.find((plugin) => plugin.postFilter)?.postFilter?.(unplaced);
  }

  /** Writes what must be written before the pod is bound. Gives what its binding then waits for. */
  async preBind(info: PodInfo, node: string): Promise<readonly Promise<void>[]> {
    const awaited: Promise<void>[] = [];
    for (const plugin of this.#plugins) {
      const more = await plugin.preBind?.(info, node);
      if (more) awaited.push(more.until);
    }
    return awaited;
  }

  async bind(pod: Pod, node: string): Promise<void> {
    for (const plugin of this.#plugins) if (await plugin.bind?.(pod, node)) return;
    throw new Error("no plugin binds pods: the scheduler has no binder");
  }
}
