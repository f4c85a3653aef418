import type { NodeInfo } from "../framework/node-info.ts";

/** How many of something there are in each domain of a topology: by each value of one label of nodes. Domains without any are not there. */
export class TopologyCounts {
  readonly topologyKey: string;
  readonly #counts = new Map<string, number>();

  constructor(topologyKey: string) {
    this.topologyKey = topologyKey;
  }

  /** Whether there is none anywhere. */
  get empty(): boolean {
    return this.#counts.size === 0;
  }

  /** In the node's domain; undefined when it is in none. */
  at(labels: Readonly<Record<string, string>>): number | undefined {
    const domain = labels[this.topologyKey];
    return domain === undefined ? undefined : (this.#counts.get(domain) ?? 0);
  }

  add({ node }: NodeInfo, amount: number): void {
    const domain = node?.metadata.labels?.[this.topologyKey];
    if (domain === undefined) return;
    const count = (this.#counts.get(domain) ?? 0) + amount;
    if (count === 0) this.#counts.delete(domain);
    else this.#counts.set(domain, count);
  }
}
