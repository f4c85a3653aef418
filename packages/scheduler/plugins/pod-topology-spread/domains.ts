import type { Node } from "@wherry/api";
import { AnchorTable, anchorOf } from "../../cluster/anchor-table.ts";
import type { ClusterCache, ClusterObserver } from "../../cluster/cluster-cache.ts";
import type { PodsByLabel } from "../../cluster/pods-by-label.ts";
import { Recent } from "../../cluster/recent.ts";
import type { NodeInfo } from "../../framework/node-info.ts";
import type { PodInfo } from "../../framework/pod-info.ts";
import { matchesRequiredNodeAffinity } from "../node-affinity/required.ts";
import { tolerates } from "../taint-toleration/tolerates.ts";
import type { Constraint } from "./constraints.ts";

/** So many different constraints are kept up to date. */
const KEPT = 1_000;

/** For one constraint: the domains of its topology, and how many pods of its selector each has. */
export class Domains {
  readonly constraint: Constraint;
  /** The nodes that count. */
  readonly #nodes = new Set<string>();
  /** Nodes and pods of each domain. */
  readonly #domains = new Map<string, { nodes: number; pods: number }>();
  /** How many domains have so many pods. */
  readonly #histogram = new Map<number, number>();

  constructor(constraint: Constraint) {
    this.constraint = constraint;
  }

  get size(): number {
    return this.#domains.size;
  }

  /** Pods in the domain of this name. */
  in(domain: string): number {
    return this.#domains.get(domain)?.pods ?? 0;
  }

  /** Pods in the domain that has the fewest; Infinity when there is no domain. */
  get fewest(): number {
    let fewest = Number.POSITIVE_INFINITY;
    for (const pods of this.#histogram.keys()) if (pods < fewest) fewest = pods;
    return fewest;
  }

  addNode(node: NodeInfo): void {
    const name = this.#domainOf(node);
    if (name === undefined) return;
    this.#nodes.add(node.name);
    const domain = this.#domains.get(name);
    if (domain) {
      domain.nodes++;
      return;
    }
    this.#domains.set(name, { nodes: 1, pods: 0 });
    this.#count(0, 1);
  }

  removeNode(node: NodeInfo): void {
    if (!this.#nodes.delete(node.name)) return;
    const name = node.node?.metadata.labels?.[this.constraint.topologyKey] ?? "";
    const domain = this.#domains.get(name);
    if (!domain || --domain.nodes > 0) return;
    this.#domains.delete(name);
    this.#count(domain.pods, -1);
  }

  /** @param change 1 for a pod that comes, -1 for one that goes */
  changePod({ pod }: PodInfo, node: NodeInfo, change: 1 | -1): void {
    const { namespace, selector, topologyKey } = this.constraint;
    if (pod.metadata.deletionTimestamp || pod.metadata.namespace !== namespace || !this.#nodes.has(node.name)) return;
    const domain = this.#domains.get(node.node?.metadata.labels?.[topologyKey] ?? "");
    if (!domain || !selector.matches(pod.metadata.labels)) return;
    this.#count(domain.pods, -1);
    domain.pods += change;
    this.#count(domain.pods, 1);
  }

  #count(pods: number, change: 1 | -1): void {
    const domains = (this.#histogram.get(pods) ?? 0) + change;
    if (domains === 0) this.#histogram.delete(pods);
    else this.#histogram.set(pods, domains);
  }

  /** The node's domain, if the node counts. */
  #domainOf({ node, hardTaints }: NodeInfo): string | undefined {
    const { topologyKey, keys, affinityOf, tolerationsOf } = this.constraint;
    if (!node || !hasLabels(node, keys)) return undefined;
    if (affinityOf && !matchesRequiredNodeAffinity(affinityOf, node)) return undefined;
    if (tolerationsOf && hardTaints.some((taint) => !tolerates(tolerationsOf.spec?.tolerations, taint))) return undefined;
    return node.metadata.labels?.[topologyKey];
  }
}

export function hasLabels(node: Node, keys: readonly string[]): boolean {
  const labels = node.metadata.labels ?? {};
  return keys.every((key) => labels[key] !== undefined);
}

/** The domains of all constraints that were asked for lately. Each is counted once, and kept up to date from then on. */
export class KnownDomains implements ClusterObserver {
  readonly #cluster: ClusterCache;
  readonly #pods: PodsByLabel;
  readonly #table = new AnchorTable<Domains>();
  readonly #known = new Recent<Domains>(KEPT, (domains) => this.#table.delete(anchorOf(domains.constraint.selector), domains));

  constructor(cluster: ClusterCache, pods: PodsByLabel) {
    this.#cluster = cluster;
    this.#pods = pods;
  }

  /** Up to date until the next pod is asked about. */
  of(constraint: Constraint): Domains {
    return this.#known.get(constraint.signature, () => this.#count(constraint));
  }

  nodeAdded(node: NodeInfo): void {
    for (const domains of this.#known.values()) domains.addNode(node);
  }

  nodeRemoved(node: NodeInfo): void {
    for (const domains of this.#known.values()) domains.removeNode(node);
  }

  podAdded(pod: PodInfo, node: NodeInfo): void {
    this.#table.forEach(pod.pod.metadata.labels, (domains) => domains.changePod(pod, node, 1));
  }

  podRemoved(pod: PodInfo, node: NodeInfo): void {
    this.#table.forEach(pod.pod.metadata.labels, (domains) => domains.changePod(pod, node, -1));
  }

  #count(constraint: Constraint): Domains {
    const { namespace, selector } = constraint;
    const domains = new Domains(constraint);
    for (const { info } of this.#cluster.candidates) domains.addNode(info);
    this.#pods.visit(
      (name) => name === namespace,
      selector,
      (pod, node) => domains.changePod(pod, node, 1),
    );
    this.#table.add(anchorOf(selector), domains);
    return domains;
  }
}
