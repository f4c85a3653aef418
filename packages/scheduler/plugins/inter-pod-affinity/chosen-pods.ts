import { AnchorTable, anchorOf } from "../../cluster/anchor-table.ts";
import type { ClusterObserver } from "../../cluster/cluster-cache.ts";
import type { PodsByLabel } from "../../cluster/pods-by-label.ts";
import { Recent } from "../../cluster/recent.ts";
import { TopologyCounts } from "../../cluster/topology-counts.ts";
import type { NodeInfo } from "../../framework/node-info.ts";
import type { PodInfo } from "../../framework/pod-info.ts";
import { inNamespace, isChosen, type NamespaceLabels, type PodTerm } from "../../framework/pod-terms.ts";

/** So many different questions are kept up to date. */
const KEPT = 1_000;

/** How many pods fit all of some terms, in the topology of each of them. Kept up to date. */
export interface Chosen {
  readonly terms: readonly PodTerm[];
  readonly counts: readonly TopologyCounts[];
}

/**
 * For terms of pods that are to be placed: how many placed pods they choose. Terms are counted when they are first asked for, among the pods
 * with a label that they need, and kept up to date from then on.
 */
export class ChosenPods implements ClusterObserver {
  readonly #pods: PodsByLabel;
  readonly #labelsOf: NamespaceLabels;
  readonly #table = new AnchorTable<Chosen>();
  readonly #known = new Recent<Chosen>(KEPT, (chosen) => this.#table.delete(anchorOf(first(chosen).selector), chosen));

  constructor(pods: PodsByLabel, labelsOf: NamespaceLabels) {
    this.#pods = pods;
    this.#labelsOf = labelsOf;
  }

  /** The pods that fit all of the terms, which are one or more. Up to date until the next pod is asked about. */
  byAll(terms: readonly PodTerm[]): Chosen {
    return this.#known.get(terms.map((term) => term.signature).join(), () => this.#count(terms));
  }

  /** Which namespaces a selector chooses has changed. */
  namespacesChanged(): void {
    this.#known.prune((chosen) => chosen.terms.some((term) => term.namespaceSelector));
  }

  podAdded(pod: PodInfo, node: NodeInfo): void {
    this.#change(pod, node, 1);
  }

  podRemoved(pod: PodInfo, node: NodeInfo): void {
    this.#change(pod, node, -1);
  }

  #change(pod: PodInfo, node: NodeInfo, sign: 1 | -1): void {
    this.#table.forEach(pod.pod.metadata.labels, (chosen) => {
      if (this.#fitsAll(chosen, pod)) for (const counts of chosen.counts) counts.add(node, sign);
    });
  }

  #fitsAll({ terms }: Chosen, { pod }: PodInfo): boolean {
    return terms.every((term) => isChosen(term, pod, this.#labelsOf));
  }

  #count(terms: readonly PodTerm[]): Chosen {
    const chosen: Chosen = { terms, counts: terms.map((term) => new TopologyCounts(term.topologyKey)) };
    const term = first(chosen);
    const isWanted = (namespace: string) => inNamespace(term, namespace, this.#labelsOf);
    this.#pods.visit(isWanted, term.selector, (pod, node) => {
      if (this.#fitsAll(chosen, pod)) for (const counts of chosen.counts) counts.add(node, 1);
    });
    this.#table.add(anchorOf(term.selector), chosen);
    return chosen;
  }
}

const first = ({ terms }: Chosen) => terms[0] as PodTerm;
