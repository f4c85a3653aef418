import type { Pod, PodAffinityTerm, WeightedPodAffinityTerm } from "@wherry/api";
import { LabelSelector, type Labels, labelSelectorFrom, type MetaLabelSelector } from "@wherry/machinery";

/** Pods chosen by where they are in the API: by namespace and labels. */
export interface PodChoice {
  readonly namespaces: ReadonlySet<string>;
  /** Namespaces that its labels choose count, too. */
  readonly namespaceSelector?: LabelSelector;
  readonly selector: LabelSelector;
}

/** One term of a pod's affinity or anti-affinity. */
export interface PodTerm extends PodChoice {
  readonly topologyKey: string;
  /** Counts for the score; 0 when the term is required. */
  readonly weight: number;
  /** The same for terms that choose the same pods in the same topology. */
  readonly signature: string;
}

/** What a pod says about the pods that it wants near or far. */
export interface PodTerms {
  readonly affinity: readonly PodTerm[];
  readonly antiAffinity: readonly PodTerm[];
  readonly preferred: readonly PodTerm[];
  /** With negative weights. */
  readonly avoided: readonly PodTerm[];
}

/** The labels of a namespace, by its name. */
export type NamespaceLabels = (namespace: string) => Labels;

/** Undefined for a pod that says nothing about others. */
export function podTerms(pod: Pod): PodTerms | undefined {
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
  if (!podAffinity && !podAntiAffinity) return undefined;
  const required = (terms: readonly PodAffinityTerm[] = []) => terms.map((term) => podTerm(pod, term, 0));
  const weighed = (terms: readonly WeightedPodAffinityTerm[] = [], sign: 1 | -1) =>
    terms.map(({ podAffinityTerm, weight }) => podTerm(pod, podAffinityTerm, sign * weight));
  return {
    affinity: required(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    antiAffinity: required(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    preferred: weighed(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution, 1),
    avoided: weighed(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution, -1),
  };
}

/** Whether the pod is one of those chosen. */
export function isChosen(choice: PodChoice, pod: Pod, labelsOf: NamespaceLabels): boolean {
  return inNamespace(choice, pod.metadata.namespace ?? "", labelsOf) && choice.selector.matches(pod.metadata.labels);
}

export function inNamespace({ namespaces, namespaceSelector }: PodChoice, namespace: string, labelsOf: NamespaceLabels): boolean {
  return namespaces.has(namespace) || (namespaceSelector?.matches(labelsOf(namespace)) ?? false);
}

/** A selector that also asks for the pod's own values of these labels, or for others. Source: `matchLabelKeys`, `mismatchLabelKeys`. */
export function withOwnLabels(
  selector: MetaLabelSelector | undefined,
  pod: Pod,
  same: readonly string[] = [],
  other: readonly string[] = [],
): LabelSelector {
  const base = labelSelectorFrom(selector);
  if (!selector || same.length + other.length === 0) return base;
  const labels = pod.metadata.labels ?? {};
  const own = (keys: readonly string[], operator: "in" | "notin") =>
    keys.filter((key) => key in labels).map((key) => ({ key, operator, values: [labels[key] as string] }));
  return new LabelSelector([...base.requirements, ...own(same, "in"), ...own(other, "notin")]);
}

function podTerm(pod: Pod, term: PodAffinityTerm, weight: number): PodTerm {
  const { topologyKey, labelSelector, matchLabelKeys, mismatchLabelKeys, namespaceSelector } = term;
  const given = term.namespaces ?? [];
  const namespaces = given.length === 0 && !namespaceSelector ? [pod.metadata.namespace ?? ""] : given.toSorted();
  const selector = withOwnLabels(labelSelector, pod, matchLabelKeys, mismatchLabelKeys);
  const inNamespaces = namespaceSelector && labelSelectorFrom(namespaceSelector);
  const selects = labelSelector ? selector.toString() : null;
  const signature = JSON.stringify([topologyKey, namespaces, inNamespaces ? inNamespaces.toString() : null, selects]);
  return {
    topologyKey,
    weight,
    selector,
    signature,
    namespaces: new Set(namespaces),
    ...(inNamespaces && { namespaceSelector: inNamespaces }),
  };
}
