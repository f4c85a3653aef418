import { AnchorTable, anchorOf } from "../../cluster/anchor-table.ts";
import { TopologyCounts } from "../../cluster/topology-counts.ts";
import type { NodeInfo } from "../../framework/node-info.ts";
import type { PodInfo } from "../../framework/pod-info.ts";
import { isChosen, type NamespaceLabels, type PodTerm } from "../../framework/pod-terms.ts";

interface Group {
  readonly term: PodTerm;
  readonly counts: TopologyCounts;
}

/** Terms of the pods that are on nodes, those that say the same together: the cost of asking is that of different terms, not of pods. */
export class PlacedTerms {
  readonly #groups = new Map<string, Group>();
  readonly #table = new AnchorTable<Group>();

  /** @param amount how much each counts; negative to take it back */
  add(term: PodTerm, node: NodeInfo, amount: number): void {
    const group = this.#groups.get(term.signature) ?? this.#newGroup(term);
    group.counts.add(node, amount);
    if (!group.counts.empty) return;
    this.#groups.delete(term.signature);
    this.#table.delete(anchorOf(term.selector), group);
  }

  /** Counts of the terms that choose the pod, by topology. Up to date until the next change. */
  choosing({ pod }: PodInfo, labelsOf: NamespaceLabels): TopologyCounts[] {
    const found: TopologyCounts[] = [];
    this.#table.forEach(pod.metadata.labels, ({ term, counts }) => {
      if (isChosen(term, pod, labelsOf)) found.push(counts);
    });
    return found;
  }

  #newGroup(term: PodTerm): Group {
    const group = { term, counts: new TopologyCounts(term.topologyKey) };
    this.#groups.set(term.signature, group);
    this.#table.add(anchorOf(term.selector), group);
    return group;
  }
}
